import type { ApiDeps } from '../deps.ts';
import { followJob } from './follow-job.ts';
import { viewJob } from './job-view.ts';
import { isFinal } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';
import type { QueuePlace } from './queue.ts';

export interface JobEvent {
  readonly id: string;
  readonly event: 'state' | 'progress' | 'done';
  /** The job as `GET /v1/jobs/{id}` shows it, as JSON. */
  readonly data: string;
}

export interface EventSettings {
  /** Id of the last event that the client has; what is not after it is left out. */
  readonly after: number | undefined;
  readonly signal: AbortSignal;
}

const pollMs = 2_000;
/** Each attempt has a thousand ids: up to 100 for its progress, 500 once it waits for the next, 999 for the end. */
const idsAnAttempt = 1_000;

/**
 * A number that grows with the job and depends on it alone: whichever process a client asks, and after whatever
 * restart, the same state has the same number.
 */
export function eventId(record: JobRecord): number {
  const base = record.attempts * idsAnAttempt;
  if (isFinal(record)) return base + 999;
  return record.state === 'queued' ? base + 500 : base + percent(record.progress);
}

function percent(progress: unknown): number {
  const value = (progress as { percent?: unknown } | null | undefined)?.percent;
  return typeof value === 'number' ? Math.min(100, Math.max(0, Math.floor(value))) : 0;
}

/** What happens to a job, beginning with how it is now, to its end. A job that is gone ends the stream too. */
export async function* jobEvents(
  id: string,
  deps: Pick<ApiDeps, 'queue' | 'changes' | 'storage' | 'settings'>,
  { after, signal }: EventSettings,
): AsyncGenerator<JobEvent, void> {
  let last: { id: number; position: number | undefined } | undefined;
  let lastState: JobRecord['state'] | undefined;
  for await (const record of followJob(id, deps, { pollMs, signal })) {
    if (record === undefined) return;
    const place = record.state === 'queued' ? await deps.queue.place(id) : undefined;
    const now = { id: eventId(record), position: place?.position };
    if (!isNews(now, last, after)) continue;
    yield { id: String(now.id), event: kind(record, lastState), data: await dataOf(record, place, deps) };
    last = now;
    lastState = record.state;
  }
}

interface Moment {
  readonly id: number;
  readonly position: number | undefined;
}

/** A job that waits moves up in the queue without a new id. */
function isNews(now: Moment, last: Moment | undefined, after: number | undefined): boolean {
  if (last === undefined) return after === undefined || now.id > after;
  return now.id > last.id || (now.id === last.id && now.position !== last.position);
}

function kind(record: JobRecord, lastState: JobRecord['state'] | undefined): JobEvent['event'] {
  if (isFinal(record)) return 'done';
  return record.state === lastState ? (record.state === 'queued' ? 'state' : 'progress') : 'state';
}

async function dataOf(
  record: JobRecord,
  place: QueuePlace | undefined,
  { storage, settings }: Pick<ApiDeps, 'storage' | 'settings'>,
): Promise<string> {
  return JSON.stringify(await viewJob(record, storage, settings, place));
}
