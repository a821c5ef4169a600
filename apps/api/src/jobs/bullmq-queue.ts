import { AppError, anonymousOwner, queueName, redisKeys, watchedTtlS } from '@m2fp/contract';
import type { JobData, JobRecord, JobStatus, RedisKeys } from '@m2fp/contract';
import { cancelJob, enqueueJob, removeJob } from '@m2fp/queue/jobs';
import type { CancelOutcome, RemoveResults } from '@m2fp/queue/jobs';
import { PerModel } from '@m2fp/queue/models';
import { keptEvents } from '@m2fp/queue/open-queue';
import { defaultRetained, EndedJobs, PendingUploads } from '@m2fp/queue/retention';
import type { PendingUpload, RetainedShares } from '@m2fp/queue/retention';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { inTime } from '@m2fp/service/deadline';
import type { Models } from '../models/choose-model.ts';
import { countWorkers } from '../models/count-workers.ts';
import { JobHistory } from './job-history.ts';
import { JobPlaces } from './job-places.ts';
import { QueuePlaces } from './queue-place.ts';
import { QueueUnavailable } from '@m2fp/service/redis';
import type { AddOptions, JobQueue, PastJob, QueuePlace } from './queue.ts';

export interface BullQueueSettings {
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

/** What each model has of its own. */
interface Line {
  readonly queue: Queue;
  readonly places: QueuePlaces;
  readonly ended: EndedJobs;
}

/**
 * The job queues on BullMQ, one for each model. The connection is the caller's (see `connectRedis`) and stays open
 * after `close`. Its state is checked before each command, so that an outage is noticed immediately and for certain:
 * what was not sent cannot arrive later.
 */
export class BullJobQueue implements JobQueue {
  readonly #connection: Redis;
  readonly #settings: BullQueueSettings;
  readonly #models: Models;
  readonly #keys: RedisKeys;
  readonly #lines: PerModel<Line>;
  readonly #jobs: JobPlaces;
  readonly #history: JobHistory;
  readonly #uploads: PendingUploads;

  constructor(connection: Redis, settings: BullQueueSettings, models: Models) {
    this.#connection = connection;
    this.#settings = settings;
    this.#models = models;
    this.#keys = redisKeys(settings.prefix);
    this.#uploads = new PendingUploads(connection, this.#keys);
    this.#history = new JobHistory(connection, this.#keys, settings.retentionS);
    this.#lines = new PerModel((model) => this.#open(model));
    // The first queue on a connection teaches it BullMQ's scripts, which has to be done before any are sent.
    this.#lines.of(models.defaultName);
    this.#jobs = new JobPlaces(connection, models, (model) => this.#lines.of(model).queue);
  }

  #open(model: string): Line {
    const { prefix, retentionS, retentionCount, shares } = this.#settings;
    const connection = this.#connection;
    // Both keep BullMQ from sending a command before Redis is connected: one failure would break the queue for good.
    const queue = new Queue(queueName(model), {
      connection,
      prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: keptEvents } },
    });
    // The connection logs its own errors; without a listener here they would be thrown.
    queue.on('error', () => undefined);
    const ended = new EndedJobs({
      ...{ redis: connection, keys: this.#keys, queue, retentionS },
      retentionCount: retentionCount ?? defaultRetentionCount,
      shares: shares ?? defaultRetained,
    });
    return { queue, ended, places: new QueuePlaces(connection, queue) };
  }

  /** BullMQ's event streams, see `RedisJobChanges`. */
  eventStreams(): string[] {
    return this.#models.names().map((model) => this.#lines.of(model).queue.toKey('events'));
  }

  async add(id: string, data: JobData, { class: jobClass, model, isUpload = false }: AddOptions): Promise<void> {
    const past = { id, createdAtMs: Date.parse(data.createdAt) };
    // One connection keeps the order: a job is in the history before it is on the queue.
    const add = (): Promise<unknown> =>
      Promise.all([
        this.#history.add(data.owner ?? anonymousOwner, past),
        enqueueJob({ id, data, class: jobClass }, this.#partsOf(model)),
      ]);
    await this.#call(add, id);
    this.#jobs.note(id, model);
    // Not awaited: if it is lost, the dispatcher sees that the photo has a job.
    if (isUpload) this.#uploads.remove({ jobId: id, key: data.input.key }).catch(() => undefined);
  }

  find(id: string): Promise<JobRecord | undefined> {
    return this.#call(() => this.#jobs.find(id));
  }

  statuses(ids: readonly string[]): Promise<(JobStatus | undefined)[]> {
    return this.#call(() => this.#jobs.statuses(ids));
  }

  expectUpload(upload: PendingUpload, options: { isRepeatable: boolean }): Promise<void> {
    return this.#call(() => this.#uploads.add(upload, options));
  }

  dropUpload(upload: PendingUpload): Promise<void> {
    return this.#call(() => this.#uploads.remove(upload));
  }

  async watch(id: string, { isRunning }: { isRunning: boolean }): Promise<void> {
    const steps = this.#connection.multi().set(this.#keys.watched(id), '1', 'EX', watchedTtlS);
    if (isRunning) steps.publish(this.#keys.cancelChannel, id);
    await this.#call(() => steps.exec());
  }

  place({ id, model }: Pick<JobRecord, 'id' | 'model'>): Promise<QueuePlace | undefined> {
    return this.#call(() => this.#lines.of(model).places.find(id));
  }

  async cancel(id: string, removeResults: RemoveResults): Promise<CancelOutcome> {
    const timeoutMs = this.#settings.timeoutMs + removalTimeoutMs;
    const cancel = async (): Promise<CancelOutcome> => {
      const model = await this.#jobs.modelOf(id);
      if (model === undefined) return 'unknown';
      return cancelJob(id, { ...this.#partsOf(model), removeResults, ended: this.#lines.of(model).ended });
    };
    return this.#call(cancel, undefined, timeoutMs);
  }

  async remove(id: string, owner: string): Promise<boolean> {
    return this.#call(async () => {
      const model = await this.#jobs.modelOf(id);
      if (model !== undefined && !(await removeJob(id, this.#partsOf(model)))) return false;
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

  backlog(model: string): Promise<number> {
    return this.#call(() => this.#lines.of(model).queue.getJobCountByTypes('wait', 'prioritized', 'delayed'));
  }

  workers(): Promise<ReadonlyMap<string, number> | undefined> {
    return this.#call(() => countWorkers(this.#connection, this.#settings.prefix, this.#models.names()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.made().map(({ queue }) => queue.close()));
  }

  #partsOf(model: string) {
    return { queue: this.#lines.of(model).queue, redis: this.#connection, keys: this.#keys };
  }

  async #call<T>(work: () => Promise<T>, jobId?: string, timeoutMs = this.#settings.timeoutMs): Promise<T> {
    if (this.#connection.status !== 'ready') throw new QueueUnavailable();
    try {
      return await inTime({ timeoutMs, code: 'timeout', message: 'Redis did not answer in time.' }, work);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'storage_unavailable') throw cause;
      throw new QueueUnavailable({ cause, jobId });
    }
  }
}
