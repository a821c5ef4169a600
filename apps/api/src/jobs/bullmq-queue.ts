import { AppError, anonymousOwner, redisKeys } from '@m2fp/contract';
import type { JobData, JobRecord, JobStatus, RedisKeys } from '@m2fp/contract';
import { cancelJob, enqueueJob, readJobRecord, readJobStatuses, removeJob } from '@m2fp/queue/jobs';
import type { CancelOutcome, RemoveResults } from '@m2fp/queue/jobs';
import { keptEvents } from '@m2fp/queue/open-queue';
import { defaultRetained, EndedJobs, PendingUploads } from '@m2fp/queue/retention';
import type { PendingUpload, RetainedShares } from '@m2fp/queue/retention';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { withDeadline } from '@m2fp/service/deadline';
import { JobHistory } from './job-history.ts';
import { QueuePlaces } from './queue-place.ts';
import { QueueUnavailable } from '@m2fp/service/redis';
import type { AddOptions, JobQueue, PastJob, QueuePlace } from './queue.ts';

export interface BullQueueSettings {
  /** BullMQ's queue name: one queue per model. */
  readonly name: string;
  /** BullMQ's key prefix. */
  readonly prefix: string;
  /** Per call. */
  readonly timeoutMs: number;
  /** Seconds that a finished job is kept. */
  readonly retentionS: number;
  /** Finished jobs that are kept at most, of all owners. */
  readonly retentionCount?: number;
  /** What each owner may keep. */
  readonly shares?: RetainedShares;
}

const defaultRetentionCount = 250_000;

/** Additional time for a cancel, in which results of an earlier attempt are removed. */
const removalTimeoutMs = 5_000;

/**
 * The job queue on BullMQ. The connection is the caller's (see `connectRedis`) and stays open after `close`. Its state
 * is checked before each command, so that an outage is noticed immediately and for certain: what was not sent cannot
 * arrive later.
 */
export class BullJobQueue implements JobQueue {
  readonly #connection: Redis;
  readonly #settings: BullQueueSettings;
  readonly #queue: Queue<JobData>;
  readonly #keys: RedisKeys;
  readonly #places: QueuePlaces;
  readonly #history: JobHistory;
  readonly #ended: EndedJobs;
  readonly #uploads: PendingUploads;

  constructor(connection: Redis, settings: BullQueueSettings) {
    this.#connection = connection;
    this.#settings = settings;
    // Both keep BullMQ from sending a command before Redis is connected: one failure would break the queue for good.
    this.#queue = new Queue(settings.name, {
      connection,
      prefix: settings.prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: keptEvents } },
    });
    // The connection logs its own errors; without a listener here they would be thrown.
    this.#queue.on('error', () => undefined);
    this.#keys = redisKeys(settings.prefix);
    this.#uploads = new PendingUploads(connection, this.#keys);
    this.#ended = new EndedJobs({
      ...{ redis: connection, keys: this.#keys, queue: this.#queue, retentionS: settings.retentionS },
      retentionCount: settings.retentionCount ?? defaultRetentionCount,
      shares: settings.shares ?? defaultRetained,
    });
    this.#history = new JobHistory(connection, this.#keys, settings.retentionS);
    this.#places = new QueuePlaces(connection, this.#queue);
  }

  /** BullMQ's event stream, see `RedisJobChanges`. */
  get eventStream(): string {
    return this.#queue.toKey('events');
  }

  get #parts() {
    return { queue: this.#queue as Queue, redis: this.#connection, keys: this.#keys };
  }

  async add(id: string, data: JobData, { class: jobClass, isUpload = false }: AddOptions): Promise<void> {
    const past = { id, createdAtMs: Date.parse(data.createdAt) };
    // One connection keeps the order: a job is in the history before it is on the queue.
    const add = (): Promise<unknown> =>
      Promise.all([
        this.#history.add(data.owner ?? anonymousOwner, past),
        enqueueJob({ id, data, class: jobClass }, this.#parts),
      ]);
    await this.#call(add, id);
    // Not awaited: if it is lost, the dispatcher sees that the photo has a job.
    if (isUpload) this.#uploads.remove({ jobId: id, key: data.input.key }).catch(() => undefined);
  }

  find(id: string): Promise<JobRecord | undefined> {
    return this.#call(() => readJobRecord(this.#queue, this.#connection, id));
  }

  statuses(ids: readonly string[]): Promise<(JobStatus | undefined)[]> {
    return this.#call(() => readJobStatuses(this.#queue, this.#connection, ids));
  }

  expectUpload(upload: PendingUpload, options: { isRepeatable: boolean }): Promise<void> {
    return this.#call(() => this.#uploads.add(upload, options));
  }

  dropUpload(upload: PendingUpload): Promise<void> {
    return this.#call(() => this.#uploads.remove(upload));
  }

  place(id: string): Promise<QueuePlace | undefined> {
    return this.#call(() => this.#places.find(id));
  }

  async cancel(id: string, removeResults: RemoveResults): Promise<CancelOutcome> {
    const parts = { ...this.#parts, removeResults, ended: this.#ended };
    const timeoutMs = this.#settings.timeoutMs + removalTimeoutMs;
    return this.#call(() => cancelJob(id, parts), undefined, timeoutMs);
  }

  async remove(id: string, owner: string): Promise<boolean> {
    return this.#call(async () => {
      if (!(await removeJob(id, this.#parts))) return false;
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
    // If the server has no CLIENT LIST (some hosted ones), BullMQ answers with one client of this name.
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
