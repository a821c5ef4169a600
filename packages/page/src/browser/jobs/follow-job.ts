/**
 * A job followed to its end. Browsers have six connections to a server of HTTP/1.1, for all tabs: only the job that the
 * visitor looks at has one for sure, and only as long as it is looked at; the others share two, or are read at times.
 */
import type { Job, JobsClient, M2fpError } from '@m2fp/client/jobs';
import { endOf } from './job-state.ts';
import { Slots } from './slots.ts';

/** A day is the longest that a tab is left to itself. */
export const untilCanceled = { timeoutMs: 24 * 60 * 60_000, maxRetries: Infinity } as const;

const streams = new Slots(2);
const reads = new Slots(2);
/** Between looks at a job that has no stream of its own. */
const lookEveryMs = 2_000;

type FollowedJobs = Pick<JobsClient['jobs'], 'get' | 'waitFor'>;
type Act = (signal: AbortSignal) => Promise<Job>;

export interface FollowEvents {
  readonly onRetry: (error: M2fpError) => void;
  readonly onProgress: (job: Job) => void;
}

export class JobFollower {
  readonly #jobs: () => FollowedJobs;
  readonly #events: FollowEvents;
  /** Aborted when the visitor looks elsewhere. */
  #watch: AbortController | undefined;

  constructor(jobs: () => FollowedJobs, events: FollowEvents) {
    this.#jobs = jobs;
    this.#events = events;
  }

  get isWatched(): boolean {
    return this.#watch !== undefined;
  }

  set isWatched(isWatched: boolean) {
    if (isWatched === this.isWatched) return;
    this.#watch?.abort();
    this.#watch = isWatched ? new AbortController() : undefined;
  }

  /** The job as it is now. */
  async look(id: string, signal: AbortSignal): Promise<Job> {
    const { onRetry } = this.#events;
    const get: Act = (until) => this.#jobs().get(id, { ...untilCanceled, signal: until, onRetry });
    const seen = await this.#whileWatched(get, signal);
    if (seen !== undefined) return seen;
    return inSlot(await reads.take(signal), get, signal);
  }

  /** Resolves to the job once it has ended. Rejects with the signal's reason. */
  async follow(known: Job, signal: AbortSignal): Promise<Job> {
    const { timeoutMs } = untilCanceled;
    const wait: Act = (until) => this.#jobs().waitFor(known.id, { timeoutMs, signal: until, ...this.#events });
    let job = known;
    while (endOf(job) === undefined) {
      job = (await this.#whileWatched(wait, signal)) ?? (await this.#stepUnwatched(known.id, wait, signal));
    }
    return job;
  }

  /** By a stream if there is one to be had, otherwise by a look after a while. */
  async #stepUnwatched(id: string, wait: Act, signal: AbortSignal): Promise<Job> {
    const giveBack = streams.tryTake();
    if (giveBack !== undefined) return inSlot(giveBack, wait, signal);
    await pause(lookEveryMs, signal);
    const job = await this.look(id, signal);
    this.#events.onProgress(job);
    return job;
  }

  /** Without a slot. Undefined if the visitor does not look, or no longer. */
  async #whileWatched(act: Act, signal: AbortSignal): Promise<Job | undefined> {
    signal.throwIfAborted();
    const watch = this.#watch?.signal;
    if (watch === undefined) return undefined;
    const either = new AbortController();
    const end = (): void => either.abort(signal.reason);
    watch.addEventListener('abort', end);
    signal.addEventListener('abort', end);
    try {
      return await act(either.signal);
    } catch (error) {
      if (signal.aborted || !watch.aborted) throw error;
      return undefined;
    } finally {
      watch.removeEventListener('abort', end);
      signal.removeEventListener('abort', end);
    }
  }
}

async function inSlot(giveBack: () => void, act: Act, signal: AbortSignal): Promise<Job> {
  try {
    return await act(signal);
  } finally {
    giveBack();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
  });
}
