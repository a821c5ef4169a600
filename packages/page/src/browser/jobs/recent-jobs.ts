/** The jobs that this browser has started or opened, in its local storage: enough to ask the API for them again. */

export interface RecentJob {
  readonly id: string;
  readonly name: string;
  /** When it was added, ms since the epoch. */
  readonly atMs: number;
  /** A small JPEG in base64. */
  readonly thumbnail?: string;
}

const storageKey = 'recent-jobs';
/** Of at most 10 kB each, for their pictures: local storage holds 5 MB. */
const longestList = 200;
const keptUnknownMs = 7 * 24 * 60 * 60_000;

/** Newest first; empty where nothing is kept, or something else is. */
export function readRecentJobs(): readonly RecentJob[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRecentJob).map(withPicture) : [];
  } catch {
    return [];
  }
}

/** Adds a job, or replaces what was known of it. */
export function rememberJob(job: Omit<RecentJob, 'atMs'>): void {
  const before = readRecentJobs();
  if (before.some(({ id }) => id === job.id)) updateJob(job);
  else write([{ ...job, atMs: Date.now() }, ...before]);
}

/** Replaces what was known of a job, if it is in the list. */
export function updateJob(job: Omit<RecentJob, 'atMs'>): void {
  const jobs = readRecentJobs();
  const before = jobs.find(({ id }) => id === job.id);
  if (before === undefined) return;
  const after = { ...before, ...job };
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  write(jobs.map((other) => (other === before ? after : other)));
}

export function forgetJob(jobId: string): void {
  write(readRecentJobs().filter(({ id }) => id !== jobId));
}

/** For what the service does not know: another key may, unless so much time has gone by that it is not kept. */
export function forgetJobIfOld(jobId: string): void {
  const oldestMs = Date.now() - keptUnknownMs;
  write(readRecentJobs().filter(({ id, atMs }) => id !== jobId || atMs > oldestMs));
}

/** Other tabs write, too: what is kept is read before each change. Where nothing may be kept, nothing is. */
function write(jobs: readonly RecentJob[]): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(jobs.slice(0, longestList)));
  } catch {
    // The list of this visit stays.
  }
}

function isRecentJob(value: unknown): value is RecentJob {
  const { id, name, atMs, thumbnail } = (value ?? {}) as Partial<Record<keyof RecentJob, unknown>>;
  const hasThumbnail = thumbnail === undefined || typeof thumbnail === 'string';
  return typeof id === 'string' && typeof name === 'string' && typeof atMs === 'number' && hasThumbnail;
}

/** A picture that was empty can still be made. */
function withPicture({ thumbnail = '', ...job }: RecentJob): RecentJob {
  return thumbnail === '' ? job : { ...job, thumbnail };
}
