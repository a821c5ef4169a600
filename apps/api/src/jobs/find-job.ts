import { AppError, anonymousOwner } from '@m2fp/contract';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import type { JobRecord, JobView } from '@m2fp/contract';
import { viewJob } from './job-view.ts';

const ownedSchema = z.object({ owner: z.string().optional() });

export function belongsTo(record: JobRecord, owner: string): boolean {
  const data = ownedSchema.safeParse(record.data);
  return (data.data?.owner ?? anonymousOwner) === owner;
}

/** The queue clears up only as it works: until then, a job past its time is not shown any more. */
export function isPast({ finishedAtMs }: JobRecord, retentionS: number): boolean {
  return finishedAtMs !== undefined && Date.now() - finishedAtMs > retentionS * 1_000;
}

/** The owner's job. Throws `not_found`, also for somebody else's, and `expired` where it is known to have been kept. */
export async function findJob(
  id: string,
  owner: string,
  { queue, settings }: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobRecord> {
  const record = await queue.find(id);
  if (record === undefined && (await queue.isKnown(id, owner))) throw expired();
  if (record === undefined || !belongsTo(record, owner)) throw new AppError('not_found', 'There is no such job.');
  if (isPast(record, settings.jobRetentionS)) throw expired();
  return record;
}

function expired(): AppError {
  return new AppError('expired', 'The job is done and is no longer kept.');
}

/** A job as clients see it, with its place in the queue while it waits. */
export async function viewJobNow(
  record: JobRecord,
  { queue, storage, settings }: Pick<ApiDeps, 'queue' | 'storage' | 'settings'>,
): Promise<JobView> {
  const place = record.state === 'queued' ? await queue.place(record.id) : undefined;
  return viewJob(record, storage, settings, place);
}
