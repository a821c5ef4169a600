/**
 * A batch whose photos are parsed without a model: a stand-in stores the same made-up masks for each. What is left is
 * what the dispatcher does with a batch, up to its manifest and its data set, and the memory that this takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, toMb, type Machine } from '@m2fp/bench';
import {
  annotationIdOf,
  batchQueueName,
  createBatchId,
  finalBatchStatuses,
  imageIdOf,
  parseOptionsSchema,
  queueName,
  redisKeys,
  type CocoDataset,
  type JobData,
  type JobResult,
} from '@m2fp/contract';
import { encodeRle, SpanMaskBuilder } from '@m2fp/core/render';
import { startProcess, startRedis, startS3 } from '@m2fp/dev-services';
import { applications, mallocSettings, nodeFlags, serviceEnvironment } from '@m2fp/dev-services/stack';
import { Batches, type BatchRecord } from '@m2fp/queue/batches';
import { openQueue } from '@m2fp/queue/open-queue';
import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import { Worker, type Job } from 'bullmq';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { readProcesses } from './memory.ts';

export interface BatchBenchOptions {
  readonly photos: number;
  /** Of each photo. */
  readonly annotations: number;
  /** Photos that the stand-in parses per second. */
  readonly rate: number;
}

export interface BatchReport extends BatchBenchOptions {
  readonly machine: Machine;
  readonly masksKb: number;
  readonly annotationsMb: number;
  /** From the last photo to the end of the batch. */
  readonly joinS: number;
  /** Of the dispatcher. */
  readonly rssMb: { readonly idle: number; readonly whileParsing: number; readonly whileJoining: number };
}

const model = 'stand-in';
const owner = 'anonymous';
const prefix = 'm2fp';
const retentionS = 3_600;
const sampleMs = 50;
/** px */
const [width, height] = [1920, 1280];

/** Starts Redis, S3 and a dispatcher of its own. Nothing is left running. */
export async function runBatchBench(options: BatchBenchOptions, signal: AbortSignal): Promise<BatchReport> {
  await using started = new AsyncDisposableStack();
  const redisService = await startRedis({ isPrivate: true });
  started.defer(() => redisService.stop());
  const s3 = await startS3();
  started.defer(() => s3.stop());
  const healthPort = await getPort({ host: '127.0.0.1' });
  const env = {
    ...mallocSettings.dispatcher,
    ...serviceEnvironment({
      ...{ redis: redisService, s3, model, cacheDir: '', queuePrefix: prefix, logLevel: 'warn' },
    }),
    HEALTH_PORT: `${healthPort}`,
  };
  const flags = [...nodeFlags.dispatcher, applications.dispatcher];
  const dispatcher = await startProcess(process.execPath, flags, { env });
  started.defer(() => dispatcher.stop());
  await untilReady(`http://127.0.0.1:${healthPort}/readyz`, signal);

  const { endpoint, region, bucket, ...credentials } = s3;
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  started.defer(() => storage.close());
  const redis = new Redis(redisService.url, { maxRetriesPerRequest: null });
  started.defer(() => redis.disconnect());
  const batchQueue = openQueue(batchQueueName(queueName(model)), { connection: redis, prefix });
  started.defer(() => batchQueue.close());
  const batches = new Batches(redis, redisKeys(prefix), batchQueue, { retentionS });
  const masks = Buffer.from(JSON.stringify(datasetOf(options.annotations)));
  const connection = redis.duplicate();
  started.defer(() => connection.disconnect());
  const worker = startStandIn(connection, storage, masks, options.rate);
  started.defer(() => worker.close());
  return await measure({ options, batches, storage, masks, pid: dispatcher.pid, signal });
}

interface Measured {
  readonly options: BatchBenchOptions;
  readonly batches: Batches;
  readonly storage: ObjectStorage;
  readonly masks: Buffer;
  /** The dispatcher's. */
  readonly pid: number;
  readonly signal: AbortSignal;
}

async function measure({ options, batches, storage, masks, pid, signal }: Measured): Promise<BatchReport> {
  const rss = { idle: await rssMbOf(pid), whileParsing: 0, whileJoining: 0 };
  const id = await createBatch(batches, options.photos);
  let parsedAt: number | undefined;
  let batch: BatchRecord | undefined;
  while (batch === undefined || !finalBatchStatuses.has(batch.status)) {
    await sleep(sampleMs, undefined, { signal });
    batch = await batches.find(id);
    if (batch?.succeeded === options.photos) parsedAt ??= performance.now();
    const phase = parsedAt === undefined ? 'whileParsing' : 'whileJoining';
    rss[phase] = Math.max(rss[phase], await rssMbOf(pid));
  }
  const joinS = (performance.now() - (parsedAt ?? NaN)) / 1_000;
  const { annotationsKey = '' } = batch;
  const stored = annotationsKey === '' ? undefined : await storage.head(annotationsKey, { signal });
  if (stored === undefined) throw new Error(`The batch is ${batch.status} without annotations.json.`);
  return {
    ...{ machine: describeMachine(), ...options, masksKb: Math.round(masks.byteLength / 1_000) },
    ...{ annotationsMb: Math.round(stored.bytes / 1e6), joinS: Math.round(joinS * 10) / 10, rssMb: rss },
  };
}

async function rssMbOf(pid: number): Promise<number> {
  return toMb((await readProcesses()).find((one) => one.pid === pid)?.rssBytes ?? 0);
}

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
  while (!(await fetch(url, { signal: late }).catch(() => undefined))?.ok) {
    await sleep(100, undefined, { signal: late });
  }
}

async function createBatch(batches: Batches, photos: number): Promise<string> {
  const id = createBatchId();
  const keys = Array.from({ length: photos }, (_, place) => `inputs/2026-11-26/IMG_${100_000 + place}.jpg`);
  const created = { v: 1, model, owner, createdAt: new Date().toISOString() } as const;
  const options = parseOptionsSchema.parse({ outputs: ['masks'] });
  await batches.create({ id, spec: { ...created, output: { prefix: `results/${id}/` }, options }, keys });
  return id;
}

/** Does what a worker does, except for parsing. */
function startStandIn(connection: Redis, storage: ObjectStorage, masks: Buffer, rate: number): Worker {
  const worker = new Worker(
    queueName(model),
    async ({ data }: Job<JobData>): Promise<JobResult> => {
      const key = `${data.output.prefix}masks.json`;
      const contentType = 'application/json';
      await storage.put(key, masks, { contentType, signal: AbortSignal.timeout(30_000) });
      return {
        ...{ v: 1, model: { name: model, kind: 'portrait', version: '1', synthetic: true } },
        ...{ image: { width, height }, scale: 1, people: 3, labels: [], timings: {} },
        files: [{ output: 'masks', key, content_type: contentType, bytes: masks.byteLength }],
      };
    },
    { prefix, connection, concurrency: 20, limiter: { max: rate, duration: 1_000 } },
  );
  worker.on('error', () => undefined);
  return worker;
}

/** Ellipses all over the photo, from small to large. */
function datasetOf(annotations: number): CocoDataset {
  const imageId = imageIdOf('photo.jpeg');
  const builder = new SpanMaskBuilder(width, height);
  return {
    info: { description: 'Made up', version: '1.0', parsing: { model, scale: 1, people: 3 } },
    licenses: [],
    images: [{ id: imageId, file_name: 'photo.jpeg', width, height }],
    categories: Array.from({ length: 19 }, (_, id) => ({ id, name: `part ${id}`, supercategory: 'part' })),
    annotations: Array.from({ length: annotations }, (_, place) => {
      const radius = 40 + ((place * 67) % 400);
      const middle = { x: 450 + ((place * 97) % 1_000), y: height / 2 };
      for (let y = middle.y - radius; y < middle.y + radius; y++) {
        const half = Math.round(Math.sqrt(radius ** 2 - (y - middle.y) ** 2) * (0.8 + 0.2 * Math.sin(y / 40)));
        builder.add(y, middle.x - half, middle.x + half);
      }
      const mask = builder.finish();
      return {
        ...{ id: annotationIdOf(imageId, place), image_id: imageId, category_id: place % 19 },
        ...{ bbox: mask.bbox, area: mask.area, iscrowd: 0, segmentation: encodeRle(mask) },
        ...{ score: 0.9, person_id: 1, attributes: { person_id: 1, score: 0.9 } },
      };
    }),
  };
}
