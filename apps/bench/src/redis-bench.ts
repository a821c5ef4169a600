/**
 * What Redis holds per job that has ended, per waiting photo of a batch and per webhook delivery: the difference of
 * `used_memory` over thousands of them, with everything that stays. What is bounded as a whole, such as the stream of
 * events, is full before anything is counted.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  batchJobId,
  createBatchId,
  createJobId,
  outputFileName,
  outputKinds,
  parseOptionsSchema,
  queueName,
  redisKeys,
  webhookQueueName,
  type JobData,
  type JobResult,
} from '@m2fp/contract';
import { Batches } from '@m2fp/queue/batches';
import { cancelJob, enqueueJob, enqueueJobs } from '@m2fp/queue/jobs';
import { keptEvents, openQueue } from '@m2fp/queue/open-queue';
import { compactText, defaultRetained, EndedJobs, recordOfEnded } from '@m2fp/queue/retention';
import { Deliveries } from '@m2fp/queue/webhooks';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';

export interface RedisBenchOptions {
  readonly url: string;
  /** Of each kind. */
  readonly jobs: number;
  readonly photos: number;
  readonly window: number;
}

export interface RedisFigure {
  readonly what: string;
  readonly count: number;
  readonly bytesEach: number;
}

const prefix = 'bench';
const owner = 'studio';
const keyId = '0123456789abcdef';
const retentionS = 3_600;
const labelNames = [
  ...['background', 'skin', 'l_brow', 'r_brow', 'l_eye', 'r_eye', 'l_ear', 'nose', 'u_lip', 'l_lip', 'neck', 'cloth'],
  'hair',
];

type End = 'succeeded' | 'failed' | 'canceled';

export async function runRedisBench({ url, jobs, photos, window }: RedisBenchOptions): Promise<RedisFigure[]> {
  const parts = open(url);
  try {
    await endJobs(parts, 'succeeded', 1_000);
    await announceAll(parts, keptEvents / 2);
    const figures: RedisFigure[] = [];
    const measure = async (what: string, count: number, work: () => Promise<unknown>): Promise<void> => {
      const before = await usedBytes(parts.redis);
      await work();
      figures.push({ what, count, bytesEach: ((await usedBytes(parts.redis)) - before) / count });
    };
    for (const end of ['succeeded', 'failed', 'canceled'] as const) {
      await measure(`a job that ${end === 'canceled' ? 'was ' : ''}${end}`, jobs, () => endJobs(parts, end, jobs));
    }
    await measure('a waiting photo of a batch', photos, () => queueBatch(parts, photos, window));
    await measure('a batch request of 1 MB', 1, () => queueBatch(parts, 10_000, window, 1_000_000 / 10_000 - 3));
    await measure('a webhook delivery', jobs, () => announceAll(parts, jobs));
    return figures;
  } finally {
    await parts.close();
  }
}

function open(url: string) {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const keys = redisKeys(prefix);
  const queueOf = (name: string) => openQueue(name, { connection: redis, prefix });
  const queue = queueOf(queueName('bench'));
  const queues = { webhooks: queueOf(webhookQueueName), batches: queueOf('batches') };
  for (const each of [queue, queues.webhooks]) void redis.hset(each.toKey('meta'), 'opts.maxLenEvents', keptEvents);
  const ended = new EndedJobs({
    ...{ redis, keys, queue, retentionS, retentionCount: 10_000_000 },
    shares: { retained_jobs: 10_000_000, retained_bytes: defaultRetained.retained_bytes * 1_000 },
  });
  return {
    ...{ redis, keys, queue, ended, webhooks: queues.webhooks },
    batches: new Batches(redis, keys, queues.batches, { retentionS }),
    deliveries: new Deliveries(redis, keys, queues.webhooks, { retentionS }),
    close: async () => {
      for (const each of [queue, ...Object.values(queues)]) await each.close();
      redis.disconnect();
    },
  };
}
type Parts = ReturnType<typeof open>;

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? NaN);
}

/** As the API, a worker and a cancel do it, except for the photo. */
async function endJobs(parts: Parts, end: End, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => createJobId());
  for (let start = 0; start < count; start += 100) {
    await Promise.all(ids.slice(start, start + 100).map((id) => addJob(parts, id)));
  }
  if (end === 'canceled') {
    const cancel = { ...parts, removeResults: async () => undefined };
    for (const id of ids) await cancelJob(id, cancel);
    return;
  }
  await work(parts, end, count);
}

async function addJob({ redis, keys, queue }: Parts, id: string): Promise<void> {
  await Promise.all([
    redis.zadd(keys.jobs(owner), Date.now(), id),
    enqueueJob({ id, data: jobData(id), class: 'single' }, { queue, redis, keys }),
  ]);
}

async function work({ redis, queue, ended }: Parts, end: End, count: number): Promise<void> {
  const { promise: isDone, resolve } = Promise.withResolvers<void>();
  let packed = 0;
  const connection = redis.duplicate();
  const worker = new Worker(
    queue.name,
    async (job: Job<JobData>) => {
      for (const [stage, percent] of Object.entries({ fetched: 10, parsed: 90, stored: 100 })) {
        await job.updateProgress({ stage, percent });
      }
      if (end === 'succeeded') return compactText(jobResult(job.data));
      throw new UnrecoverableError('{"code":"image_unreadable","message":"The image is cut off after 60 % of it."}');
    },
    { prefix, connection, concurrency: 20, removeOnComplete: ended.keep, removeOnFail: ended.keep },
  );
  const pack = async (job: Job, state: 'succeeded' | 'failed'): Promise<void> => {
    await ended.ended(recordOfEnded(job, state));
    if (++packed === count) resolve();
  };
  worker.on('completed', (job) => void pack(job, 'succeeded'));
  worker.on('failed', (job) => job && void pack(job, 'failed'));
  await isDone;
  await worker.close();
  connection.disconnect();
}

/**
 * As the dispatcher has it while the batch runs: the keys, and a window of photos on the queue.
 * @param keyLength at least, in characters
 */
async function queueBatch(parts: Parts, count: number, window: number, keyLength = 0): Promise<void> {
  const { batches } = parts;
  const id = createBatchId();
  const photoKeys = Array.from({ length: count }, (_, place) =>
    `inputs/${owner}/2026-11-26/IMG_${100_000 + place}.jpg`.padStart(keyLength, 'inputs/a-folder/'),
  );
  const options = parseOptionsSchema.parse({});
  const created = { v: 1, createdAt: new Date().toISOString() } as const;
  const spec = { ...created, owner, keyId, output: { prefix: `results/${owner}/${id}/` }, options };
  await batches.create({ id, spec, keys: photoKeys });
  const { start, size } = await batches.claim({ id, spec }, window);
  const claimed = await batches.inputs(id, start, size);
  const jobs = claimed.map((key, place) => ({
    id: batchJobId(id, place),
    data: photoData(jobData(''), { id, index: place, key }),
    class: 'batch' as const,
  }));
  await enqueueJobs(jobs, parts);
}

function photoData(
  { metadata: _metadata, ...data }: JobData,
  { id, index, key }: { readonly id: string; readonly index: number; readonly key: string },
): JobData {
  const prefix = `results/${owner}/${id}/${String(index).padStart(6, '0')}/`;
  return { ...data, input: { key }, output: { prefix }, batch: { id, index } };
}

/** Delivered at the first attempt, and so no longer on the queue. */
async function announceAll({ deliveries, webhooks }: Parts, count: number): Promise<void> {
  for (let place = 0; place < count; place++) {
    const id = createJobId();
    const { input, output, options, createdAt } = jobData(id);
    const { v: _version, ...result } = jobResult(jobData(id));
    const ended = { id, status: 'succeeded', created_at: createdAt, started_at: createdAt, finished_at: createdAt };
    const data = { ...ended, attempts: 1, input, output, options, metadata: {}, result };
    const delivery = await deliveries.announce({
      ...{ owner, subject: id, event: 'job.succeeded', url: 'https://example.com/hooks/parsed', data },
    });
    await deliveries.record(delivery, { at: createdAt, duration_ms: 83, status_code: 204, error: null }, 'delivered');
    await webhooks.remove(`${delivery}-0`);
  }
}

/** An ordinary one: an uploaded photo, the default options, a few metadata, traced. */
function jobData(id: string): JobData {
  return {
    v: 1,
    input: { key: `uploads/${owner}/${randomBytes(16).toString('hex')}` },
    output: { prefix: `results/${owner}/${id}/` },
    options: parseOptionsSchema.parse({}),
    metadata: { customer: String(randomBytes(2).readUInt16BE()) },
    createdAt: new Date().toISOString(),
    requestId: randomUUID(),
    owner,
    keyId,
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
  };
}

/** Of the built-in model: a head with most of its parts. */
function jobResult(data: JobData): JobResult {
  const size = (most: number): number => Math.floor(Math.random() * most);
  const tenth = (most: number): number => Math.round(Math.random() * most * 10) / 10;
  const stages = ['fetch', 'decode', 'detect', 'network', 'postprocess', 'encode', 'store'];
  return {
    v: 1,
    model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
    image: { width: 3_024, height: 4_032 },
    scale: 0.178_571_43,
    people: 1,
    labels: labelNames.map((name, id) => ({ id, name, pixels: size(300_000) })),
    files: data.options.outputs.map((output) => ({
      output,
      key: `${data.output.prefix}${outputFileName(output)}`,
      content_type: outputKinds[output].contentType,
      bytes: size(200_000),
    })),
    timings: Object.fromEntries(stages.map((stage) => [stage, tenth(400)])),
  };
}
