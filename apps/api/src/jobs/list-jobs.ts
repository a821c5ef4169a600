import { bounds, summarizeJob } from '@m2fp/contract';
import type { JobStatus, JobSummary } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import type { PastJob } from './queue.ts';
import { isOwnedBy } from '../access/ownership.ts';
import { jobLinks } from './job-links.ts';
import { isPastRetention, ownership } from './read-job.ts';

/** Looked at once; and per page, so that a filter that matches nothing does not go through the whole history. */
const chunkSize = 100;
const maxChunks = bounds.listedStates.max / chunkSize;

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

/**
 * A page of an owner's jobs, newest first. Pages are stable: jobs created meanwhile are on no later page. Statuses are
 * cheap to look at and records are not: only those on the page are read, however rare what is asked for. So a page may
 * have fewer jobs than its limit, even none, and still be followed by another.
 */
export async function listJobs(
  owner: string,
  { status, limit, after }: JobListing,
  deps: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobPage> {
  const jobs: JobSummary[] = [];
  let last = after;
  for (let chunks = 0; chunks < maxChunks; chunks++) {
    const chunk = await deps.queue.history(owner, { before: last, limit: chunkSize });
    const isWhole = chunk.length === chunkSize;
    const statuses = await deps.queue.statuses(chunk.map(({ id }) => id));
    const wanted = chunk.filter((_past, place) => {
      const found = statuses[place];
      return found !== undefined && (status === undefined || found === status);
    });
    const page = wanted.slice(0, limit - jobs.length);
    jobs.push(...(await readJobs(page, { owner, status }, deps)));
    const end = page.at(-1);
    if (end !== undefined && page.length < wanted.length) return { jobs, last: end };
    last = chunk.at(-1) ?? last;
    if (!isWhole || isNothingKept(chunk, statuses, deps)) return { jobs, last: undefined };
    if (jobs.length >= limit) return { jobs, last };
  }
  return { jobs, last };
}

/** From this chunk on nothing is kept anymore. */
function isNothingKept(
  [newest]: readonly PastJob[],
  statuses: readonly (JobStatus | undefined)[],
  { settings }: Pick<ApiDeps, 'settings'>,
): boolean {
  const isOld = newest !== undefined && Date.now() - newest.createdAtMs > settings.jobRetentionS * 1_000;
  return isOld && statuses.every((status) => status === undefined);
}

/** Fewer, if some changed or expired meanwhile. */
async function readJobs(
  wanted: readonly PastJob[],
  { owner, status }: { readonly owner: string; readonly status: JobStatus | undefined },
  { queue, settings }: Pick<ApiDeps, 'queue' | 'settings'>,
): Promise<JobSummary[]> {
  const records = await Promise.all(wanted.map(({ id }) => queue.find(id)));
  return records.flatMap((record) => {
    const isShown =
      record !== undefined &&
      isOwnedBy({ owner }, ownership(record)) &&
      !isPastRetention(record, settings.jobRetentionS);
    if (!isShown) return [];
    const job = summarizeJob(record);
    const isWanted = status === undefined || job.status === status;
    return isWanted ? [{ ...job, links: jobLinks(job, settings.basePath) }] : [];
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
