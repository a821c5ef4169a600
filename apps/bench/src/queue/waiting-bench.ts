/**
 * What Redis holds for jobs that wait, put there the way that the API and the dispatcher do it: the difference of
 * `used_memory`, the room that tables keep for growing included.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  anonymousOwner,
  bounds,
  createBatchId,
  createJobId,
  ownerShares,
  parseOptionsSchema,
  queueName,
  redisKeys,
  type JobData,
} from '@m2fp/contract';
import { startRedis } from '@m2fp/dev-services';
import { UnfinishedJobs } from '@m2fp/queue/access';
import { Batches } from '@m2fp/queue/batches';
import { enqueueJob } from '@m2fp/queue/jobs';
import { keptEvents, openQueue } from '@m2fp/queue/open-queue';
import { Redis } from 'ioredis';

export interface WaitingFigure {
  readonly what: string;
  /** Redis's, of how it packs small things. */
  readonly settings: string;
  readonly jobs: number;
  readonly bytesEach: number;
  readonly megabytes: number;
}

/** Redis's defaults, and what docs/scale.md advises: a job's hash, and an owner's sets of jobs, in one piece each. */
const settingsOfRedis = [
  { 'hash-max-listpack-value': '64', 'zset-max-listpack-entries': '128' },
  { 'hash-max-listpack-value': '1024', 'zset-max-listpack-entries': '1024' },
];

const prefix = 'm2fp';
const atOnce = 200;
const keysPerBatch = 10_000;
/** Each with so many jobs as one may have. */
const jobsPerOwner = ownerShares.jobs.default;
const retentionS = 7 * 86_400;
/** Jobs; the API does it every ten seconds. */
const trimEvery = 5_000;

export async function runWaitingBench(jobs: number, signal: AbortSignal): Promise<WaitingFigure[]> {
  const figures: WaitingFigure[] = [];
  for (const settings of settingsOfRedis) {
    for (const [what, put] of Object.entries(kinds)) {
      figures.push({ what, ...(await measure(put, settings, jobs, signal)) });
    }
  }
  return figures;
}

type Put = (redis: Redis, jobs: number, signal: AbortSignal) => Promise<void>;

async function measure(
  put: Put,
  settings: Readonly<Record<string, string>>,
  jobs: number,
  signal: AbortSignal,
): Promise<Omit<WaitingFigure, 'what'>> {
  const service = await startRedis({ isPrivate: true });
  const redis = new Redis(service.url, { maxRetriesPerRequest: null });
  try {
    for (const [name, value] of Object.entries(settings)) await redis.config('SET', name, value);
    const before = await usedBytes(redis);
    await put(redis, jobs, signal);
    const bytes = (await usedBytes(redis)) - before;
    const text = Object.entries(settings).flat().join(' ');
    return { settings: text, jobs, bytesEach: bytes / jobs, megabytes: bytes / 1e6 };
  } finally {
    redis.disconnect();
    await service.stop();
  }
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? NaN);
}

/** As `POST /v1/jobs`: in the owner's history and on the queue, and with an API key counted for its owner. */
async function createSingly(redis: Redis, jobs: number, signal: AbortSignal, hasKeys: boolean): Promise<void> {
  const queue = openQueue(queueName('portrait'), { connection: redis, prefix });
  const keys = redisKeys(prefix);
  await redis.hset(queue.toKey('meta'), 'opts.maxLenEvents', keptEvents);
  const unfinished = new UnfinishedJobs(redis, keys, async () => []);
  const history = async (owner: string, id: string, place: number): Promise<void> => {
    await redis.zadd(keys.jobs(owner), Date.now(), id);
    if (place % trimEvery === 0) await redis.zremrangebyrank(keys.jobs(owner), 0, -1 - bounds.jobHistory.max);
  };
  const create = async (place: number): Promise<void> => {
    const id = createJobId();
    const owner = hasKeys ? `studio-${place % Math.ceil(jobs / jobsPerOwner)}` : anonymousOwner;
    const data = jobData(id, hasKeys ? owner : undefined);
    await Promise.all([
      hasKeys && unfinished.add(owner, id, jobsPerOwner),
      history(owner, id, place),
      enqueueJob({ id, data, class: 'single' }, { queue, redis, keys }),
    ]);
  };
  for (let start = 0; start < jobs; start += atOnce) {
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: Math.min(atOnce, jobs - start) }, (_, place) => create(start + place)));
  }
  await queue.close();
}

/** An ordinary one: an uploaded photo with a name of its own, the default options, a note of metadata. */
function jobData(id: string, owner: string | undefined): JobData {
  const folder = owner === undefined ? '' : `${owner}/`;
  return {
    v: 1,
    input: { key: `uploads/${folder}${randomBytes(16).toString('hex')}`, name: 'IMG_20261126_101112.jpg' },
    output: { prefix: `results/${folder}${id}/` },
    options: parseOptionsSchema.parse({}),
    metadata: { customer: String(randomBytes(2).readUInt16BE()) },
    createdAt: new Date().toISOString(),
    requestId: randomUUID(),
    ...(owner !== undefined && { owner, keyId: randomBytes(8).toString('hex') }),
  };
}

/** As `POST /v1/batches`; the dispatcher puts only a window of each on the queue. */
async function createBatches(redis: Redis, photos: number, signal: AbortSignal): Promise<void> {
  const queue = openQueue('batches', { connection: redis, prefix });
  const batches = new Batches(redis, redisKeys(prefix), queue, { retentionS });
  for (let start = 0; start < photos; start += keysPerBatch) {
    signal.throwIfAborted();
    const id = createBatchId();
    const owner = `studio-${start / keysPerBatch}`;
    const keys = Array.from(
      { length: Math.min(keysPerBatch, photos - start) },
      (_, place) => `inputs/${owner}/2026-11-26/IMG_${100_000 + place}.jpg`,
    );
    const created = { v: 1, model: 'portrait', createdAt: new Date().toISOString() } as const;
    const output = { prefix: `results/${owner}/${id}/` };
    await batches.create({ id, spec: { ...created, owner, output, options: parseOptionsSchema.parse({}) }, keys });
  }
  await queue.close();
}

const kinds: Readonly<Record<string, Put>> = {
  'a waiting job, created without API keys': (redis, jobs, signal) => createSingly(redis, jobs, signal, false),
  'a waiting job, created with a key of one of many owners': (redis, jobs, signal) =>
    createSingly(redis, jobs, signal, true),
  'a waiting photo of a batch': createBatches,
};
