import type { JobStatus, JobSummary } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import { belongsTo, isPast } from './find-job.ts';
import { summarizeJob } from '@m2fp/contract';
import type { PastJob } from './queue.ts';

/** Jobs looked at in one go, and for one page: a filter that fits nothing does not read the whole history. */
const chunkSize = 100;
const mostChunks = 10;

export interface JobListing {
  readonly status?: JobStatus | undefined;
  readonly limit: number;
  readonly after?: PastJob | undefined;
}

export interface JobPage {
  readonly jobs: JobSummary[];
  /** Where the next page begins; undefined where there are no more. */
  readonly last: PastJob | undefined;
}

/** A page of an owner's jobs, newest first. It is stable: jobs that come meanwhile are on no later page. */
export async function listJobs(
  owner: string,
  { status, limit, after }: JobListing,
  deps: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobPage> {
  const jobs: JobSummary[] = [];
  let last = after;
  for (let chunks = 0; chunks < mostChunks; chunks++) {
    const chunk = await deps.queue.history(owner, { before: last, limit: chunkSize });
    const found = await readChunk(chunk, owner, deps);
    for (const [index, past] of chunk.entries()) {
      const job = found[index];
      last = past;
      if (job === undefined || (status !== undefined && job.status !== status)) continue;
      jobs.push(job);
      if (jobs.length === limit) return { jobs, last: isEnd(chunk, index) ? undefined : last };
    }
    if (chunk.length < chunkSize || isPastRetention(chunk, found, deps)) return { jobs, last: undefined };
  }
  return { jobs, last };
}

function isEnd(chunk: readonly PastJob[], index: number): boolean {
  return chunk.length < chunkSize && index === chunk.length - 1;
}

/** From where on nothing is kept any more. */
function isPastRetention(
  [newest]: readonly PastJob[],
  found: readonly (JobSummary | undefined)[],
  { settings }: Pick<ApiDeps, 'settings'>,
): boolean {
  const isOld = newest !== undefined && Date.now() - newest.createdAtMs > settings.jobRetentionS * 1_000;
  return isOld && found.every((job) => job === undefined);
}

async function readChunk(
  chunk: readonly PastJob[],
  owner: string,
  { queue, settings }: Pick<ApiDeps, 'queue' | 'settings'>,
) {
  const records = await Promise.all(chunk.map(({ id }) => queue.find(id)));
  return records.map((record) => {
    const isShown = record !== undefined && belongsTo(record, owner) && !isPast(record, settings.jobRetentionS);
    return isShown ? summarizeJob(record) : undefined;
  });
}

export function cursorOf({ id, createdAtMs }: PastJob): string {
  return `${createdAtMs.toString(36)}-${id}`;
}

/** @param cursor of the form that `cursorOf` gives */
export function parseCursor(cursor: string): PastJob {
  const dash = cursor.indexOf('-');
  return { createdAtMs: Number.parseInt(cursor.slice(0, dash), 36), id: cursor.slice(dash + 1) };
}
