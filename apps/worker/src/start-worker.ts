import { modelName, queueName, redisKeys, type ModelCard } from '@m2fp/contract';
import { readModelCard } from '@m2fp/core/card';
import { type BundleSource, modelParserUrl, ParserPool, type PoolEvents } from '@m2fp/core/process';
import { uncountStart } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import { EndedJobs } from '@m2fp/queue/retention';
import { watchEventLoop, type EventLoopWatch } from '@m2fp/service/event-loop';
import type { LogFields, Logger } from '@m2fp/service/logger';
import type { Disposers, RunningService, StartOptions } from '@m2fp/service/lifecycle';
import { createStorageMeter } from '@m2fp/service/metrics';
import { startProbeServer, whatIsMissing, type ProbeSources } from '@m2fp/service/probes';
import { RedisConnections, disconnectRedis } from '@m2fp/service/redis';
import { createTracing } from '@m2fp/service/tracing';
import { createS3Storage, measuredStorage, type ObjectStorage } from '@m2fp/storage';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { announceModel, type AnnouncedModel } from './announce-model.ts';
import { createBacklog } from './backlog.ts';
import { watchCancels } from './cancel-watch.ts';
import { threadsPerParser, type WorkerConfig } from './config.ts';
import {
  createBundleSource,
  type ModelPlace,
  whereBundlesAre,
  whereOptimizedBundlesAre,
} from './inference/bundle-source.ts';
import { createActivity, type Activity } from './liveness.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import type { StopReason } from './parse-job.ts';
import { createProcessor, type ProcessorParts } from './processor.ts';
import { createQueueWorker, drain, type QueueWorker } from './queue-worker.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import { watchLiveness } from './watch-liveness.ts';
import { StorageOutage } from './storage-outage.ts';

export interface StartWorkerOptions extends StartOptions {
  /** What parser processes run instead of the configured model. */
  readonly standIn?: StandIn;
}

interface StandIn {
  /** The `ParserModule`. It gets the model's name as its bundle. */
  readonly module: URL;
  /** Files and folders that it reads. */
  readonly reads: readonly string[];
  /** What it would tell of its model. */
  readonly card?: ModelCard;
}

/** For Redis to take back jobs during shutdown, and for parser processes and connections to end. */
const graceMs = 5_000;
const answerMs = 2_000;

/** Fields of every line of the log. */
export function logFields({ jobs, queue }: WorkerConfig): LogFields {
  return { worker: jobs.workerName, model: queue.model };
}

/**
 * Assembles a worker and starts taking jobs. Redis may be down. Throws if the port of the probes is taken, and a
 * `ConfigError` if the system cannot confine parsers as strictly as it is told to.
 */
export async function startWorker(config: WorkerConfig, options: StartWorkerOptions): Promise<RunningService> {
  const { log, disposers, stopping } = options;
  const tracing = await createTracing('m2fp-worker', config.tracing.isEnabled);
  disposers.defer('tracing', () => tracing.stop(), graceMs);
  const eventLoop = watchEventLoop();
  disposers.defer('event loop', () => eventLoop.stop());
  const { storage, meter } = openStorage(config, disposers);

  const activity = createActivity();
  const { connections, connection, redis, queue } = connect(config, log, disposers);
  const backlog = createBacklog(config, connections);
  disposers.defer('backlog', () => backlog.close(), graceMs);
  const liveness = watchLiveness(config, { backlog, activity, stopping, disposers });
  const cancels = watchCancels(connections, config.redis.prefix, log);
  disposers.defer('cancels', () => cancels.close());
  const bundles = bundlesOf(config, options.standIn);
  const pool = await createPool(config, bundles, options.standIn, log);
  disposers.defer('parsers', () => pool.close(), graceMs);

  const metrics = createWorkerMetrics({
    ...{ model: modelName(config.queue.model), storage: meter },
    jobs: () => activity,
    parsers: () => pool.stats(),
    queues: async () => [await backlog.counts()],
    whatIsMissing: () => missing(),
  });
  const outage = createOutage(config, { storage, activity, metrics }, options);
  const processor = createProcessor({
    ...{ storage, pool, activity, cancels, tracing, metrics, outage, log },
    uncountStart: (job) => uncountStart(queue, redis, job),
    limits: limitsOf(config),
    inputUrls: { ...config.inputUrls, ...config.inputUrlTimes },
  });
  const ended = createEndedJobs(config, queue, redis);
  const worker = createQueueWorker(config, processor, { connection, ended, metrics, log });
  outage.control(worker);
  const missing = readinessOf(connections, storage, stopping);
  const probes = await startProbeServer(config.probes, {
    health: () => liveness.health(),
    whatIsMissing: missing,
    metrics: () => metrics.render(),
    stats: statsOf({ activity, pool, eventLoop }),
  });
  disposers.defer('probes', () => probes.close(), graceMs);

  options.onLoaded();
  eventLoop.begin();
  drainAtTheEnd(worker, activity, config, options);
  const announcing = announceModel(config, { readCard: cardReader(config, bundles, options.standIn), redis, log });
  disposers.defer('announcing', () => announcing.stop(), graceMs);
  worker.run().catch((error: unknown) => log.error({ err: error }, 'the queue worker ended'));
  liveness.begin(worker);
  log.info({ health: probes.url, concurrency: config.jobs.concurrency }, 'worker started');
  return { endNow: () => void pool.close() };
}

function createOutage(
  { jobs: { maxStartedAttempts } }: WorkerConfig,
  { storage, ...counted }: { storage: Pick<ObjectStorage, 'ping'>; activity: Activity; metrics: WorkerMetrics },
  { log, stopping }: StartOptions,
): StorageOutage {
  const ping = (signal: AbortSignal) => storage.ping({ signal });
  return new StorageOutage({ ping, maxStartedAttempts, ...counted, log, stopping });
}

function readinessOf({ watch }: RedisConnections, storage: Pick<ObjectStorage, 'ping'>, stopping: AbortSignal) {
  const needs = {
    worker: async () => !stopping.aborted,
    redis: () => watch.assertWritable(),
    storage: (signal: AbortSignal) => storage.ping({ signal }),
  };
  return () => whatIsMissing(needs, answerMs);
}

function drainAtTheEnd(
  worker: QueueWorker,
  activity: Activity,
  { shutdown: { timeoutMs: drainMs } }: WorkerConfig,
  { disposers, log }: StartOptions,
): void {
  const steps = {
    close: () => worker.close(),
    handBack: () => worker.cancelAllJobs('handed-back' satisfies StopReason),
    hasJobs: () => activity.active > 0,
  };
  disposers.defer('jobs', () => drain(steps, { drainMs, graceMs }, log), drainMs + 2 * graceMs);
}

function openStorage({ s3 }: WorkerConfig, disposers: Disposers) {
  const meter = createStorageMeter();
  const storage = measuredStorage(createS3Storage(s3.storage), meter.onCall);
  disposers.defer('storage', () => storage.close());
  return { storage, meter };
}

function limitsOf({ image, s3, jobs }: WorkerConfig): ProcessorParts['limits'] {
  return { maxImageBytes: image.maxBytes, s3TimeoutMs: s3.timeoutMs, jobTimeoutMs: jobs.timeoutMs };
}

/**
 * BullMQ's connection waits while Redis is down. `redis` fails fast: while Redis is down, nobody waits for a job to be
 * packed.
 */
function connect({ redis: settings, queue: { model } }: WorkerConfig, log: Logger, disposers: Disposers) {
  const connections = new RedisConnections(settings, log);
  disposers.defer('redis', () => connections.close(), graceMs);
  const connection = connections.open({ whileDown: 'wait' });
  disposers.defer('queue connection', () => disconnectRedis(connection), graceMs);
  const redis = connections.open({ whileDown: 'fail', answerMs });
  disposers.defer('ended jobs', () => redis.disconnect());
  const queue = openQueue(queueName(model), { connection: redis, prefix: settings.prefix });
  return { connections, connection, redis, queue };
}

function createEndedJobs(config: WorkerConfig, queue: Queue, redis: Redis): EndedJobs {
  const { retentionS, retentionCount } = config.queue;
  return new EndedJobs({
    ...{ redis, queue, keys: redisKeys(config.redis.prefix), retentionS, retentionCount, shares: config.shares },
  });
}

function cardReader(
  { parsers: { loadTimeoutMs: timeoutMs } }: WorkerConfig,
  bundles: BundleSource,
  standIn: StandIn | undefined,
): AnnouncedModel['readCard'] {
  if (standIn) return async () => standIn.card;
  return async (signal) => readModelCard(await bundles.find({ signal, timeoutMs }));
}

interface StatsParts {
  readonly activity: Activity;
  readonly pool: ParserPool;
  readonly eventLoop: EventLoopWatch;
}

function statsOf({ activity, pool, eventLoop }: StatsParts): ProbeSources['stats'] & object {
  return {
    read: async () => ({
      uptimeS: Math.round(process.uptime()),
      rssBytes: process.memoryUsage.rss(),
      eventLoopDelayMs: eventLoop.read(),
      jobs: { active: activity.active, ...activity.counts },
      parsers: await pool.stats(),
    }),
    reset: () => eventLoop.reset(),
  };
}

function placeOf({ queue, model }: WorkerConfig): ModelPlace {
  return { model: queue.model, cacheDir: model.cacheDir };
}

function bundlesOf(config: WorkerConfig, standIn: StandIn | undefined): BundleSource {
  const place = placeOf(config);
  if (standIn) return { find: async () => place.model, forget: () => undefined };
  return createBundleSource(place, config.parserEnvironment);
}

async function createPool(
  config: WorkerConfig,
  bundles: BundleSource,
  standIn: StandIn | undefined,
  log: Logger,
): Promise<ParserPool> {
  const { maxImagePixels, sandbox: sandboxSettings, ...parsers } = config.parsers;
  const environment = config.parserEnvironment;
  const moduleUrl = (standIn?.module ?? modelParserUrl).href;
  const sandbox = await createSandbox(sandboxSettings, {
    ...{ moduleUrl, environment, reads: standIn?.reads ?? [whereOptimizedBundlesAre(placeOf(config))] },
    modelPath: standIn ? undefined : whereBundlesAre(placeOf(config)),
  });
  log.info({ sandbox: sandbox.inForce, reason: sandbox.missing }, 'what confines parser processes, and what does not');
  const events: PoolEvents = {
    onStarted: (pid, loadMs) => log.info({ parser: pid, loadMs: Math.round(loadMs) }, 'parser process started'),
    onEnded: (pid, why, how) => log[why === 'lost' ? 'warn' : 'info']({ parser: pid, how }, `parser process ${why}`),
    onOutput: (pid, line) => log.warn({ parser: pid, line }, 'parser process output'),
  };
  const settings = {
    ...parsers,
    ...{ bundles, process: { moduleUrl, environment } },
    launcher: (bundle: string) => sandbox.launcher(standIn ? undefined : bundle),
    maxWaiting: config.jobs.concurrency,
    model: { threads: threadsPerParser(config), maxImageBytes: config.image.maxBytes, maxImagePixels },
  };
  return new ParserPool(settings, events);
}
