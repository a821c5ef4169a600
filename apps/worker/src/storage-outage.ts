/**
 * What a worker does while its S3 is away, which is no job's fault. A job that meets this is put off, for longer each
 * time, without an attempt being counted. And once S3 does not answer a plain question either, this worker takes no
 * more jobs until it does: others may still reach it, and if nobody does, the queue waits as it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { putOffMs, toAppError } from '@m2fp/contract';
import type { Logger } from '@m2fp/service/logger';
import { DelayedError, type Job } from 'bullmq';
import type { Activity } from './liveness.ts';
import type { WorkerMetrics } from './metrics.ts';

export interface StorageOutageParts {
  /** Throws while S3 does not answer. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  /** Starts that a job may have, whatever happens to it. */
  readonly maxStartedAttempts: number;
  readonly activity: Pick<Activity, 'progress' | 'count'>;
  readonly metrics: Pick<WorkerMetrics, 'attempt'>;
  readonly log: Logger;
  /** Once aborted, nothing is resumed. */
  readonly stopping: AbortSignal;
  readonly askEveryMs?: number;
}

/** What takes jobs from the queue. */
export interface Intake {
  pause(doNotWaitActive: true): Promise<void>;
  resume(): Promise<void>;
}

interface Meeting {
  readonly job: Pick<Job, 'attemptsStarted' | 'moveToDelayed'>;
  readonly token: string | undefined;
  readonly log: Logger;
}

const answerMs = 3_000;

export class StorageOutage {
  readonly #parts: StorageOutageParts;
  #intake: Intake | undefined;
  #watching: Promise<void> | undefined;

  constructor(parts: StorageOutageParts) {
    this.#parts = parts;
  }

  control(intake: Intake): void {
    this.#intake = intake;
  }

  /**
   * What to throw for a job that is put off. Undefined if the error is another one, or if the job was put off too often
   * already: then it is a failed attempt like any other.
   */
  async putOff(error: unknown, { job, token, log }: Meeting): Promise<Error | undefined> {
    const { code, reason } = toAppError(error);
    if (code !== 'storage_unavailable') return undefined;
    this.#watching ??= this.#watch().finally(() => (this.#watching = undefined));
    const pauseMs = putOffMs(job.attemptsStarted, this.#parts.maxStartedAttempts);
    if (pauseMs === undefined) return undefined;
    try {
      await job.moveToDelayed(Date.now() + pauseMs, token);
    } catch (cause) {
      log.warn({ err: cause }, 'the job could not be put off; it is taken again once its lock has expired');
    }
    this.#parts.activity.count('handedBack');
    this.#parts.metrics.attempt('handedBack', code);
    log.warn({ reason, err: error }, 'storage is away: the job is put off');
    return new DelayedError();
  }

  /** Until S3 answers. */
  async #watch(): Promise<void> {
    const { log, activity, stopping, askEveryMs = 2_000 } = this.#parts;
    for (let asked = 0; !stopping.aborted; asked++) {
      const fault = await this.#fault();
      if (fault === undefined) {
        if (asked === 0 || stopping.aborted) return;
        log.info('storage answers again: taking jobs');
        await this.#intake?.resume();
        return;
      }
      if (asked === 0) {
        log.error({ reason: toAppError(fault).reason, err: fault }, 'storage is away: taking no jobs');
        await this.#intake?.pause(true);
      }
      // To wait for storage is not to be stuck: a new process would fare no better.
      activity.progress();
      await sleep(askEveryMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  async #fault(): Promise<unknown> {
    try {
      await this.#parts.ping(AbortSignal.any([this.#parts.stopping, AbortSignal.timeout(answerMs)]));
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
