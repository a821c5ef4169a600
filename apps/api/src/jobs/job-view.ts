import { AppError, jobDataSchema, jobErrorSchema, jobProgressSchema, jobResultSchema } from '@m2fp/contract';
import type { JobError, JobResult, JobStatus } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import type { JobSummary, JobView } from './job-schemas.ts';
import type { JobRecord, QueuePlace } from './queue.ts';

export type Presigner = Pick<ObjectStorage, 'presignGet'>;

export interface ViewSettings {
  readonly resultUrlExpiryS: number;
}

/**
 * A job as clients see it. URLs are signed now, so that each read gives fresh ones. Throws `internal` where the queue
 * holds something that is not of this version's shape, and what signing throws.
 */
export async function viewJob(
  record: JobRecord,
  presigner: Presigner,
  settings: ViewSettings,
  place?: QueuePlace,
): Promise<JobView> {
  const view: JobView = summarizeJob(record);
  if (place !== undefined) view.queue = viewPlace(place);
  if (record.state === 'succeeded') view.result = await viewResult(record.result, presigner, settings);
  return view;
}

/** The job without what has to be asked for or signed. Throws `internal` as `viewJob` does. */
export function summarizeJob(record: JobRecord): JobSummary {
  const data = jobDataSchema.safeParse(record.data);
  if (!data.success) throw incompatible('job', data.error);
  const { createdAt, input, output, options, metadata = {}, webhook } = data.data;
  const error = record.state === 'failed' ? readFailure(record.failure) : undefined;
  return {
    id: record.id,
    status: status(record, error),
    progress: progress(record),
    created_at: createdAt,
    started_at: isoTime(record.startedAtMs),
    finished_at: isoTime(record.finishedAtMs),
    attempts: record.attempts,
    ...{ input, output, options, metadata },
    ...(webhook !== undefined && { webhook }),
    ...(error !== undefined && { error }),
  };
}

function viewPlace({ position, estimatedWaitS }: QueuePlace): NonNullable<JobView['queue']> {
  return { position, estimated_wait_s: estimatedWaitS === null ? null : Math.round(estimatedWaitS * 10) / 10 };
}

function status(record: JobRecord, error: JobError | undefined): JobStatus {
  return error?.code === 'canceled' ? 'canceled' : record.state;
}

function progress(record: JobRecord): JobView['progress'] {
  if (record.state === 'succeeded') return { percent: 100, stage: 'stored' };
  const parsed = jobProgressSchema.safeParse(record.progress);
  return parsed.success ? parsed.data : { percent: 0, stage: null };
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** A worker writes its error as JSON. What is not JSON was written by the queue itself, which gave the job up. */
export function readFailure(failure: string | undefined): JobError {
  try {
    return jobErrorSchema.parse(JSON.parse(failure ?? ''));
  } catch {
    return { code: 'internal', message: 'The job was given up: its workers were lost again and again.' };
  }
}

async function viewResult(
  result: unknown,
  presigner: Presigner,
  settings: ViewSettings,
): Promise<NonNullable<JobView['result']>> {
  const parsed = jobResultSchema.safeParse(result);
  if (!parsed.success) throw incompatible('result', parsed.error);
  const { v: _version, files, ...summary } = parsed.data;
  const expiresInS = settings.resultUrlExpiryS;
  const urlsExpireAt = new Date(Date.now() + expiresInS * 1000).toISOString();
  return { ...summary, files: await presignFiles(files, presigner, expiresInS), urls_expire_at: urlsExpireAt };
}

function presignFiles(files: JobResult['files'], presigner: Presigner, expiresInS: number) {
  return Promise.all(
    files.map(async (file) => ({ ...file, url: await presigner.presignGet(file.key, { expiresInS }) })),
  );
}

function incompatible(what: string, cause: unknown): AppError {
  return new AppError('internal', `The queue holds a ${what} of another version.`, { cause });
}
