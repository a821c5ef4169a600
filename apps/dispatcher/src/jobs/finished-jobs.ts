/**
 * Notices jobs that end, and passes each to its webhook and its batch. The queue's events arrive immediately, but those
 * sent while no dispatcher is listening are lost. So a job with a webhook is on a list from before it is queued until
 * its delivery is queued, and the list is checked periodically; batches check their own jobs. Handling a job twice
 * changes nothing.
 *
 * Most jobs have neither webhook nor batch, and whoever ended them has left nothing to do. So those that end within a
 * moment are looked at together, and only those with something left are read.
 */
import {
  anonymousOwner,
  isFinal,
  jobEventOf,
  readJobData,
  type JobData,
  type JobRecord,
  type RedisKeys,
} from '@m2fp/contract';
import { readJobRecord } from '@m2fp/queue/jobs';
import { unsettledOf, type EndedJobs } from '@m2fp/queue/retention';
import type { Deliveries } from '@m2fp/queue/webhooks';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';

/** A job that has ended. */
export interface FinishedJob {
  readonly record: JobRecord;
  readonly data: JobData;
}

export interface FinishedJobsParts {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly deliveries: Deliveries;
  readonly ended: EndedJobs;
  readonly onBatchJob: (job: FinishedJob) => Promise<void>;
  readonly log: Logger;
}

/** For whoever ends a job to settle it; webhooks and batches are not in such a hurry. */
const gatherMs = 50;
/** Looked at together. */
const gathered = 500;
/** How long a job may be on the list and not on the queue: its producer is about to queue it, or never will. */
const orphanMs = 600_000;
const pageSize = 500;

/** Undefined if the job has not ended or does not exist. Throws if its data is of another version. */
async function readFinished(queue: Queue, redis: Redis, id: string): Promise<FinishedJob | undefined> {
  const record = await readJobRecord(queue, redis, id);
  return record !== undefined && isFinal(record) ? { record, data: readJobData(record) } : undefined;
}

export class FinishedJobs {
  readonly #parts: FinishedJobsParts;
  #heard: string[] = [];

  constructor(parts: FinishedJobsParts) {
    this.#parts = parts;
    const hear = ({ jobId }: { jobId: string }): void => {
      // What is heard and then lost is found by those who check periodically.
      if (this.#heard.push(jobId) === 1) setTimeout(() => void this.#handleHeard(), gatherMs).unref();
    };
    parts.events.on('completed', hear);
    parts.events.on('failed', hear);
  }

  async #handleHeard(): Promise<void> {
    const { queue, redis, log } = this.#parts;
    const heard = this.#heard;
    this.#heard = [];
    for (let start = 0; start < heard.length; start += gathered) {
      const ids = heard.slice(start, start + gathered);
      // If it cannot be found out, each is read, which says why.
      const left = await unsettledOf(queue, redis, ids).catch(() => ids);
      const handle = (jobId: string): Promise<void> =>
        this.handle(jobId).catch((error: unknown) =>
          log.error({ jobId, err: error }, 'a finished job was not handled'),
        );
      await Promise.all(left.map(handle));
    }
  }

  async handle(id: string): Promise<void> {
    const { queue, redis, ended, onBatchJob } = this.#parts;
    const job = await readFinished(queue, redis, id);
    if (job === undefined) return;
    if (job.data.batch !== undefined) await onBatchJob(job);
    await this.#announce(job);
    await ended.release(job.record);
  }

  /** Reconciles now, and again `ms` after each run. */
  reconcileEvery(ms: number): Routine {
    const { log } = this.#parts;
    const onError = (error: unknown): void =>
      log.warn({ err: error }, 'the list of jobs with a webhook could not be checked');
    return repeatEvery(ms, (signal) => this.reconcile(signal), onError);
  }

  /** Goes through the list of jobs that have a webhook. */
  async reconcile(signal: AbortSignal): Promise<void> {
    const { redis, keys, queue, log } = this.#parts;
    const list = keys.webhookJobs(queue.name);
    // By time, not by index: entries leave the list meanwhile.
    for (let from = '-inf', size = pageSize; size === pageSize && !signal.aborted;) {
      const entries = await redis.zrange(list, from, '+inf', 'BYSCORE', 'LIMIT', 0, pageSize, 'WITHSCORES');
      const ids = entries.filter((_, place) => place % 2 === 0);
      const times = entries.filter((_, place) => place % 2 === 1);
      for (const [place, id] of ids.entries()) {
        await this.#reconcileOne(id, Number(times[place])).catch((error: unknown) =>
          log.error({ jobId: id, err: error }, 'a job with a webhook was not handled'),
        );
      }
      size = ids.length;
      from = `(${times.at(-1) ?? 0}`;
    }
  }

  async #reconcileOne(id: string, addedAtMs: number): Promise<void> {
    const { redis, keys, queue } = this.#parts;
    const state = await queue.getJobState(id);
    if (state === 'completed' || state === 'failed') return this.handle(id);
    if (state === 'unknown' && Date.now() - addedAtMs > orphanMs) await redis.zrem(keys.webhookJobs(queue.name), id);
    return undefined;
  }

  async #announce({ record, data }: FinishedJob): Promise<void> {
    const { redis, keys, queue, deliveries } = this.#parts;
    const { webhook, owner = anonymousOwner, keyId } = data;
    if (webhook === undefined) return;
    const { event, data: payload } = jobEventOf(record);
    if (webhook.events.includes(event)) {
      await deliveries.announce({ owner, keyId, subject: record.id, event, url: webhook.url, data: payload });
    }
    await redis.zrem(keys.webhookJobs(queue.name), record.id);
  }
}
