import { randomBytes } from 'node:crypto';
import {
  createJobId,
  jobErrorSchema,
  jobResultSchema,
  parseOptionsSchema,
  queueName,
  redisKeys,
  type JobData,
  type JobError,
  type JobResult,
  type JobWebhook,
  type ParseOptionsInput,
} from '@m2fp/contract';
import { createS3Storage } from '@m2fp/storage';
import { expectWebhook, readJobRecord } from '@m2fp/queue/jobs';
import { defaultRetained, EndedJobs } from '@m2fp/queue/retention';
import { Queue, type JobState } from 'bullmq';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { until } from './until.ts';

export interface EnqueueOptions {
  readonly attempts?: number;
  /** Before another attempt. Default 50 ms. */
  readonly retryDelayMs?: number;
  readonly priority?: number;
  readonly webhook?: JobWebhook;
  readonly delay?: number;
  readonly options?: ParseOptionsInput;
  /** Instead of where the photo is. */
  readonly inputKey?: string;
  /** Of an API key. */
  readonly owned?: { readonly owner: string };
  /** Instead of what a producer would send. */
  readonly data?: unknown;
}

/** A job on the queue, as a test sees it. */
export interface TestJob {
  readonly id: string;
  readonly prefix: string;
  state(): Promise<JobState | 'unknown'>;
  /** Attempts that failed so far. */
  attemptsMade(): Promise<number>;
  progress(): Promise<unknown>;
  /** Waits for success. Throws if it failed. */
  result(): Promise<JobResult>;
  /** Waits for failure. Throws if it succeeded. */
  error(): Promise<JobError>;
}

const signal = new AbortController().signal;

/**
 * Photos, jobs and results of one test, separate from those of every other test by its own queue prefix and key
 * prefixes. Times are scaled down: a lock lasts two seconds.
 */
export function createJobBench(overrides: { redisUrl?: string; s3Endpoint?: string; model?: string } = {}) {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const redisUrl = overrides.redisUrl ?? inject('redisUrl');
  const model = overrides.model ?? 'scripted';
  const name = `test-${randomBytes(6).toString('hex')}`;
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  const queue = new Queue(queueName(model), { prefix: name, connection: { url: redisUrl } });
  queue.on('error', () => undefined);
  const redis = new Redis(redisUrl, { lazyConnect: true });
  const ended = new EndedJobs({
    ...{ redis, keys: redisKeys(name), queue, retentionS: 3_600, retentionCount: 10_000 },
    shares: defaultRetained,
  });

  /** Environment of a worker that serves this test. */
  const workerEnv = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: name,
    MODEL: model,
    S3_ENDPOINT: overrides.s3Endpoint ?? endpoint,
    S3_REGION: region,
    S3_BUCKET: bucket,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    LOCK_DURATION_MS: '2000',
    STALLED_INTERVAL_MS: '300',
    ...changes,
  });

  let count = 0;
  const enqueue = async (photo: string | Uint8Array, options: EnqueueOptions = {}): Promise<TestJob> => {
    const inputKey = `inputs/${name}/${++count}/photo`;
    const prefix = `results/${name}/${count}/`;
    const body = typeof photo === 'string' ? new TextEncoder().encode(photo) : photo;
    await storage.put(inputKey, body, { contentType: 'application/octet-stream', signal });
    const data: JobData = {
      v: 1,
      input: { key: options.inputKey ?? inputKey },
      output: { prefix },
      options: parseOptionsSchema.parse(options.options ?? {}),
      createdAt: new Date().toISOString(),
      ...(options.webhook === undefined ? {} : { webhook: options.webhook }),
      ...options.owned,
    };
    const id = createJobId();
    if (options.webhook !== undefined) await expectWebhook(redis, redisKeys(name), queue.name, id);
    const attempts = options.attempts ?? 3;
    const { priority, delay, retryDelayMs = 50 } = options;
    await queue.add('parse', options.data ?? data, {
      jobId: id,
      attempts,
      backoff: { type: 'fixed', delay: retryDelayMs },
      ...(priority === undefined ? {} : { priority }),
      ...(delay === undefined ? {} : { delay }),
    });
    return watch({ queue, redis }, id, prefix);
  };

  return {
    enqueue,
    queue,
    workerEnv,
    redis,
    /** For canceling. */
    ended,
    storage,
    /** Of queues and keys. */
    name,
    /** Keys and contents of a job's results. */
    async results({ prefix }: TestJob): Promise<Record<string, Uint8Array>> {
      const { keys } = await storage.list(prefix, { signal });
      const entries = keys.map(async (key) => {
        const bytes = await storage.get(key, { maxBytes: 2 ** 30, signal });
        return [key.slice(prefix.length), bytes] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    async close(): Promise<void> {
      await queue.obliterate({ force: true });
      await queue.close();
      redis.disconnect();
      storage.close();
    },
  };
}

export type JobBench = ReturnType<typeof createJobBench>;

function watch({ queue, redis }: { queue: Queue; redis: Redis }, id: string, prefix: string): TestJob {
  const read = async () => {
    const job = await queue.getJob(id);
    if (!job) throw new Error(`Job ${id} is gone.`);
    return job;
  };
  const readRecord = async () => {
    const record = await readJobRecord(queue, redis, id);
    if (!record) throw new Error(`Job ${id} is gone.`);
    return record;
  };
  const state = async (): Promise<JobState | 'unknown'> => queue.getJobState(id);
  const finish = async () => {
    await until(async () => ['completed', 'failed'].includes(await state()));
    return readRecord();
  };
  return {
    id,
    prefix,
    state,
    attemptsMade: async () => (await read()).attemptsMade,
    progress: async () => (await read()).progress,
    async result() {
      const job = await finish();
      if (job.state !== 'succeeded') throw new Error(`The job failed: ${job.failure}`);
      return jobResultSchema.parse(job.result);
    },
    async error() {
      const job = await finish();
      if (job.state === 'succeeded') throw new Error('The job succeeded.');
      return jobErrorSchema.parse(JSON.parse(job.failure ?? ''));
    },
  };
}
