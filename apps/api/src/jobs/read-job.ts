/** A client's job: found if it is theirs and still kept, and shown with what only the API knows. */
import { AppError, readJobResult, summarizeJob } from '@m2fp/contract';
import type { JobData, JobRecord, JobView } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import { assertOwned } from '../access/ownership.ts';
import type { ApiDeps } from '../deps.ts';
import { ratio, tenths } from '../http/rounding.ts';
import { jobLinks } from './job-links.ts';
import type { QueuePlace } from './queue.ts';

const ownedSchema = z.object({ owner: z.string().optional() });

/** Whose a job is. */
export function ownership({ data }: JobRecord): z.infer<typeof ownedSchema> {
  return ownedSchema.safeParse(data).data ?? {};
}

/** The queue only cleans up as it works; until then, a job past its retention is no longer shown. */
export function isPastRetention({ finishedAtMs }: JobRecord, retentionS: number): boolean {
  return finishedAtMs !== undefined && Date.now() - finishedAtMs > retentionS * 1_000;
}

/** Throws `not_found`, for another owner's job too, and `expired` if it is known that the job was kept once. */
export async function findJob(
  id: string,
  caller: Pick<Caller, 'owner'>,
  { queue, settings }: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobRecord> {
  const found = await queue.find(id);
  if (found === undefined && (await queue.isKnown(id, caller.owner))) throw expired();
  const record = assertOwned(caller, found, { ownership, message: 'There is no such job.' });
  if (isPastRetention(record, settings.jobRetentionS)) throw expired();
  return record;
}

function expired(): AppError {
  return new AppError('expired', 'The job has finished and is no longer kept.');
}

/** A job that was just queued. */
export function viewQueued(
  { id, model, data }: { readonly id: string; readonly model: string; readonly data: JobData },
  { settings }: Pick<ViewParts, 'settings'>,
): JobView {
  const times = { startedAtMs: undefined, finishedAtMs: undefined };
  const outcome = { progress: undefined, result: undefined, failure: undefined };
  const facts = summarizeJob({ id, model, state: 'queued', data, attempts: 0, ...times, ...outcome }, data);
  return { ...facts, links: jobLinks(facts, settings.basePath, undefined) };
}

export interface ViewParts {
  readonly storage: Pick<ObjectStorage, 'presignGet'>;
  readonly settings: { readonly resultUrlExpiryS: number; readonly basePath: string };
}

/**
 * A job with what only the API knows: its place in the queue, and URLs of its results. They are signed now, so that
 * each read gives fresh ones. Throws `internal` if the queue holds a job of another version, and what signing throws.
 */
export async function viewJob(record: JobRecord, parts: ViewParts, place?: QueuePlace): Promise<JobView> {
  const facts = summarizeJob(record);
  const result = record.state === 'succeeded' ? await viewResult(record, parts) : undefined;
  return {
    ...facts,
    ...(place !== undefined && { queue: viewPlace(place) }),
    ...(result !== undefined && { result }),
    links: jobLinks(facts, parts.settings.basePath, result?.files),
  };
}

/** The same, with the job's current place in the queue. */
export async function viewJobNow(record: JobRecord, deps: Pick<ApiDeps, 'queue'> & ViewParts): Promise<JobView> {
  const place = record.state === 'queued' ? await deps.queue.place(record) : undefined;
  return viewJob(record, deps, place);
}

function viewPlace({ position, estimatedWaitS }: QueuePlace): NonNullable<JobView['queue']> {
  return { position, estimated_wait_s: estimatedWaitS === null ? null : tenths(estimatedWaitS) };
}

async function viewResult(
  record: JobRecord,
  { storage, settings: { resultUrlExpiryS: expiresInS } }: ViewParts,
): Promise<NonNullable<JobView['result']>> {
  const { v: _version, files, ...summary } = readJobResult(record);
  const signed = files.map(async (file) => ({ ...file, url: await storage.presignGet(file.key, { expiresInS }) }));
  const urlsExpireAt = new Date(Date.now() + expiresInS * 1000).toISOString();
  return { ...summary, scale: ratio(summary.scale), files: await Promise.all(signed), urls_expire_at: urlsExpireAt };
}
