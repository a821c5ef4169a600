import { summarizeJob } from '@m2fp/contract';
import type { JobStatus, JobSummary } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import type { PastJob } from './queue.ts';
import { isOwnedBy } from '../access/ownership.ts';
import { isPastRetention, ownership } from './read-job.ts';

/** Jobs read at once, and per page: a filter that matches nothing does not read the whole history. */
const chunkSize = 100;
const maxChunks = 10;

export interface JobListing {
  readonly status?: JobStatus | undefined;
  readonly limit: number;
  readonly after?: PastJob | undefined;
}

export interface JobPage {
  readonly jobs: JobSummary[];
  /** Where the next page begins; undefined if there are no more. */
  readonly last: PastJob | undefined;
}

/** A page of an owner's jobs, newest first. Pages are stable: jobs created meanwhile are on no later page. */
export async function listJobs(
  owner: string,
  { status, limit, after }: JobListing,
  deps: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobPage> {
  const jobs: JobSummary[] = [];
  let last = after;
  for (let chunks = 0; chunks < maxChunks; chunks++) {
    const chunk = await deps.queue.history(owner, { before: last, limit: chunkSize });
    const found = await readChunk(chunk, owner, deps);
    for (const [index, past] of chunk.entries()) {
      const job = found[index];
      last = past;
      if (job === undefined || (status !== undefined && job.status !== status)) continue;
      jobs.push(job);
      if (jobs.length === limit) return { jobs, last: isEnd(chunk, index) ? undefined : last };
    }
    if (chunk.length < chunkSize || isNothingKept(chunk, found, deps)) return { jobs, last: undefined };
  }
  return { jobs, last };
}

function isEnd(chunk: readonly PastJob[], index: number): boolean {
  return chunk.length < chunkSize && index === chunk.length - 1;
}

/** From this chunk on nothing is kept anymore. */
function isNothingKept(
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
    const isShown =
      record !== undefined && isOwnedBy({ owner }, ownership(record)) && !isPastRetention(record, settings.jobRetentionS);
    return isShown ? summarizeJob(record) : undefined;
  });
}

export function formatCursor({ id, createdAtMs }: PastJob): string {
  return `${createdAtMs.toString(36)}-${id}`;
}

/** @param cursor from `formatCursor` */
export function parseCursor(cursor: string): PastJob {
  const dash = cursor.indexOf('-');
  return { createdAtMs: Number.parseInt(cursor.slice(0, dash), 36), id: cursor.slice(dash + 1) };
}
