/**
 * Stores a job's progress, where clients see it. Each write is work for Redis and an event for every API process: while
 * nobody follows the job, only what is there long enough to be seen by somebody who asks now and then is written.
 */
import type { JobProgress, ProgressStage } from '@m2fp/contract';
import type { Logger } from '@m2fp/service/logger';
import type { Job } from 'bullmq';
import type { Activity } from './liveness.ts';

/** What lasts no longer than this, nobody can watch: it is not worth a write. */
const shortestMs = 100;
/** Between two writes about the parsing itself. */
const watchedGapMs = 150;
const unwatchedGapMs = 2_000;

/** What the worker does itself; the rest goes on in a parser process. */
const ownStages: ReadonlySet<ProgressStage> = new Set(['fetched', 'parsed', 'stored']);

export class ProgressWriter {
  readonly #job: Pick<Job, 'updateProgress'>;
  readonly #activity: Pick<Activity, 'progress'>;
  readonly #log: Logger;
  #latest: JobProgress | undefined;
  #storedAtMs = Number.NEGATIVE_INFINITY;
  #isWatched = false;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #hasEnded = false;

  constructor(job: Pick<Job, 'updateProgress'>, activity: Pick<Activity, 'progress'>, log: Logger) {
    this.#job = job;
    this.#activity = activity;
    this.#log = log;
  }

  /** What an earlier attempt stored is not this one's. */
  begin(attemptsStarted: number): void {
    if (attemptsStarted > 1) this.#store();
  }

  report(progress: JobProgress): void {
    const before = this.#latest;
    // An estimate in between is no sign of life.
    const isStep = progress.stage !== before?.stage || progress.done !== before.done;
    if (isStep) this.#activity.progress();
    this.#latest = progress;
    const isOwn = isStep && ownStages.has(progress.stage);
    this.#storeBy(performance.now() + (isOwn ? shortestMs : this.#waitMs()));
  }

  /** Somebody follows the job. */
  watched(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    if (this.#latest !== undefined) this.#storeBy(performance.now() + this.#waitMs());
  }

  /** The job’s end says more. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }

  #waitMs(): number {
    const sinceMs = performance.now() - this.#storedAtMs;
    return this.#isWatched ? Math.max(0, watchedGapMs - sinceMs) : Math.max(shortestMs, unwatchedGapMs - sinceMs);
  }

  #storeBy(atMs: number): void {
    if (this.#hasEnded || atMs >= this.#dueAtMs) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = atMs;
    this.#timer = setTimeout(() => this.#store(), Math.max(0, atMs - performance.now()));
  }

  #store(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#storedAtMs = performance.now();
    // Not awaited: no photo should wait for a progress bar, and this connection keeps the order.
    this.#job
      .updateProgress(this.#latest ?? 0)
      .catch((error: unknown) => this.#log.debug({ err: error }, 'progress could not be stored'));
  }
}
