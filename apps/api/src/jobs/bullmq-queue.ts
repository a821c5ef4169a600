import { AppError, anonymousOwner, jobAttempts, jobBackoff, redisKeys } from '@m2fp/contract';
import type { JobData, RedisKeys } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { cancelJob } from '@m2fp/queue/cancel';
import type { CancelOutcome } from '@m2fp/queue/cancel';
import { expectWebhook } from '@m2fp/queue/webhooks';
import { Queue } from 'bullmq';
import type { Job, JobState as BullState, JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { withDeadline } from '../deadline.ts';
import { JobHistory } from './job-history.ts';
import { QueuePlaces } from './queue-place.ts';
import { QueueUnavailable } from './queue.ts';
import type { JobQueue, JobRecord, JobState, PastJob, QueuePlace } from './queue.ts';

export interface BullQueueSettings {
  /** BullMQ's queue name: one queue a model. */
  readonly name: string;
  /** BullMQ's key prefix. */
  readonly prefix: string;
  /** No call takes longer. */
  readonly timeoutMs: number;
  /** Seconds that a finished job is kept. */
  readonly retentionS: number;
}

/** What a cancel may have to clear up. */
export type ResultStorage = Pick<ObjectStorage, 'remove'>;

const removalTimeoutMs = 5_000;

const states: Readonly<Record<BullState | 'unknown', JobState>> = {
  waiting: 'queued',
  prioritized: 'queued',
  delayed: 'queued',
  'waiting-children': 'queued',
  active: 'processing',
  completed: 'succeeded',
  failed: 'failed',
  // Added between the two questions of `find`.
  unknown: 'queued',
};

/**
 * The job queue on BullMQ. The connection is the caller's (see `connectRedis`) and stays open after `close`. Its
 * state is asked before each command, so that an outage is known at once and with certainty: what was not sent cannot
 * land later.
 */
export class BullJobQueue implements JobQueue {
  readonly #connection: Redis;
  readonly #settings: BullQueueSettings;
  readonly #queue: Queue<JobData>;
  readonly #keys: RedisKeys;
  readonly #places: QueuePlaces;
  readonly #history: JobHistory;
  readonly #storage: ResultStorage;

  constructor(connection: Redis, settings: BullQueueSettings, storage: ResultStorage) {
    this.#connection = connection;
    this.#settings = settings;
    // Both skips keep BullMQ from sending a command before Redis is there: one that fails would spoil the queue for good.
    this.#queue = new Queue(settings.name, {
      connection,
      prefix: settings.prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    // The connection tells of its own errors; they only must not be nobody's here.
    this.#queue.on('error', () => undefined);
    this.#keys = redisKeys(settings.prefix);
    this.#history = new JobHistory(connection, this.#keys, settings.retentionS);
    this.#places = new QueuePlaces(connection, this.#queue);
    this.#storage = storage;
  }

  /** The stream of what happens to jobs. */
  get eventStream(): string {
    return this.#queue.toKey('events');
  }

  async add(id: string, data: JobData, options: { priority: number }): Promise<void> {
    const keep = { age: this.#settings.retentionS };
    const jobOptions: JobsOptions = {
      jobId: id,
      priority: options.priority,
      attempts: jobAttempts,
      backoff: jobBackoff,
      removeOnComplete: keep,
      removeOnFail: keep,
    };
    const past = { id, createdAtMs: Date.parse(data.createdAt) };
    const { name } = this.#settings;
    // One connection keeps the order: what is known of a job is there before the job is.
    const add = (): Promise<unknown> =>
      Promise.all([
        data.webhook && expectWebhook(this.#connection, this.#keys, name, id),
        this.#history.add(data.owner ?? anonymousOwner, past),
        this.#queue.add('parse', data, jobOptions),
      ]);
    await this.#call(add, id);
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return this.#call(async () => {
      // Sent together and in this order, so that the hash is never older than the state.
      const [asked, job] = await Promise.all([this.#queue.getJobState(id), this.#queue.getJob(id)]);
      if (job === undefined) return undefined;
      const finishedSince = job.finishedOn !== undefined && asked !== 'completed' && asked !== 'failed';
      return toRecord(id, finishedSince ? await this.#queue.getJobState(id) : asked, job as Job<unknown>);
    });
  }

  place(id: string): Promise<QueuePlace | undefined> {
    return this.#call(() => this.#places.find(id));
  }

  async cancel(id: string): Promise<CancelOutcome> {
    const parts = {
      queue: this.#queue as Queue,
      redis: this.#connection,
      keys: this.#keys,
      storage: this.#storage,
      storageTimeoutMs: removalTimeoutMs,
    };
    const timeoutMs = this.#settings.timeoutMs + removalTimeoutMs;
    return this.#call(() => cancelJob(id, parts), undefined, timeoutMs);
  }

  async remove(id: string, owner: string): Promise<boolean> {
    return this.#call(async () => {
      if ((await this.#queue.remove(id)) === 0) return false;
      await Promise.all([this.#connection.del(this.#keys.cancelFlag(id)), this.#history.remove(owner, id)]);
      return true;
    });
  }

  history(owner: string, options: { before?: PastJob | undefined; limit: number }): Promise<PastJob[]> {
    return this.#call(() => this.#history.page(owner, options));
  }

  isKnown(id: string, owner: string): Promise<boolean> {
    return this.#call(() => this.#history.has(owner, id));
  }

  backlog(): Promise<number> {
    return this.#call(() => this.#queue.getJobCountByTypes('wait', 'prioritized', 'delayed'));
  }

  async workers(): Promise<number | undefined> {
    const clients = await this.#call(() => this.#queue.getWorkers());
    // BullMQ's answer where the server has no CLIENT LIST (some hosted ones) is one client of this name.
    return clients.some(({ name }) => name?.includes('does not support')) ? undefined : clients.length;
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #call<T>(work: () => Promise<T>, jobId?: string, timeoutMs = this.#settings.timeoutMs): Promise<T> {
    if (this.#connection.status !== 'ready') throw new QueueUnavailable();
    try {
      return await withDeadline({ timeoutMs, code: 'timeout', message: 'Redis did not answer in time.' }, work);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'storage_unavailable') throw cause;
      throw new QueueUnavailable({ cause, jobId });
    }
  }
}

function toRecord(id: string, bullState: BullState | 'unknown', job: Job<unknown>): JobRecord {
  const state = states[bullState];
  return {
    id,
    state,
    data: job.data,
    progress: job.progress,
    attempts: job.attemptsStarted,
    startedAtMs: job.processedOn,
    finishedAtMs: job.finishedOn,
    // An attempt that failed leaves its reason behind even where a later one succeeded.
    result: state === 'succeeded' ? (job.returnvalue as unknown) : undefined,
    failure: state === 'failed' ? job.failedReason : undefined,
  };
}
