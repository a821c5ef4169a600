import { readJobResult, summarizeJob } from '@m2fp/contract';
import type { JobRecord, JobView } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import type { QueuePlace } from './queue.ts';

export type Presigner = Pick<ObjectStorage, 'presignGet'>;

export interface ViewSettings {
  readonly resultUrlExpiryS: number;
}

/**
 * A job with what only the API can tell: its place in the queue, and URLs of its results. They are signed now, so that
 * each read gives fresh ones. Throws `internal` where the queue holds a job of another version, and what signing throws.
 */
export async function viewJob(
  record: JobRecord,
  presigner: Presigner,
  settings: ViewSettings,
  place?: QueuePlace,
): Promise<JobView> {
  const view: JobView = summarizeJob(record);
  if (place !== undefined) view.queue = viewPlace(place);
  if (record.state === 'succeeded') view.result = await viewResult(record, presigner, settings);
  return view;
}

function viewPlace({ position, estimatedWaitS }: QueuePlace): NonNullable<JobView['queue']> {
  return { position, estimated_wait_s: estimatedWaitS === null ? null : Math.round(estimatedWaitS * 10) / 10 };
}

async function viewResult(
  record: JobRecord,
  presigner: Presigner,
  settings: ViewSettings,
): Promise<NonNullable<JobView['result']>> {
  const { v: _version, files, ...summary } = readJobResult(record);
  const expiresInS = settings.resultUrlExpiryS;
  const signed = files.map(async (file) => ({ ...file, url: await presigner.presignGet(file.key, { expiresInS }) }));
  const urlsExpireAt = new Date(Date.now() + expiresInS * 1000).toISOString();
  return { ...summary, files: await Promise.all(signed), urls_expire_at: urlsExpireAt };
}
