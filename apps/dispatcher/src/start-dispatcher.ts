import { modelName, redisKeys, webhookQueueName, type JobData, type RedisKeys } from '@m2fp/contract';
import { ApiKeys } from '@m2fp/queue/access';
import { readOldest } from '@m2fp/queue/backlog';
import { ModelRegistry, WatchedModels } from '@m2fp/queue/models';
import { openQueue } from '@m2fp/queue/open-queue';
import { Deliveries, WebhookSecrets } from '@m2fp/queue/webhooks';
import { Disposers, type RunningService, type StartOptions } from '@m2fp/service/lifecycle';
import type { Logger } from '@m2fp/service/logger';
import { createStorageMeter, type QueueCounts } from '@m2fp/service/metrics';
import { startProbeServer, whatIsMissing } from '@m2fp/service/probes';
import { createRedisCall, RedisConnections } from '@m2fp/service/redis';
import type { Resolve } from '@m2fp/service/outgoing';
import { createS3Storage, measuredStorage, removeResults } from '@m2fp/storage';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Wakeups } from './batches/wakeups.ts';
import type { DispatcherConfig } from './config.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { keepGivingTurns, serveModel } from './models/serve-model.ts';
import { ServedModels } from './models/served-models.ts';
import { startSweeping } from './retention/sweeping.ts';
import { RevocationSweep } from './revocation/revocation-sweep.ts';
import { createWebhookWorker } from './webhooks/deliver.ts';
import { DeliverySlots } from './webhooks/delivery-slots.ts';

export interface StartDispatcherOptions extends Partial<StartOptions> {
  readonly log: Logger;
  /** Resolves the host names of webhooks. Default: the system's name servers. */
  readonly resolve?: Resolve;
}

export interface RunningDispatcher extends RunningService {
  readonly healthUrl: string;
  /** Resolves to true if everything ended cleanly. */
  stop(): Promise<boolean>;
}

const answerMs = 2_000;

function countJobs(queues: readonly Queue[]): Promise<QueueCounts[]> {
  return Promise.all(queues.map(async (queue) => ({ queue: queue.name, counts: await queue.getJobCounts() })));
}

/** Assembles a dispatcher and starts it. Redis may still be down. Throws if the port of the probes is taken. */
export async function startDispatcher(
  config: DispatcherConfig,
  options: StartDispatcherOptions,
): Promise<RunningDispatcher> {
  const { log, disposers = new Disposers(log) } = options;
  const stopMs = config.shutdown.timeoutMs;
  // Without Redis a queue may never close, and the following steps need some of the remaining time.
  disposers.limitTo(stopMs);
  const meter = createStorageMeter();
  const storage = measuredStorage(createS3Storage(config.s3.storage), meter.onCall);
  disposers.defer('storage', () => storage.close());
  const connections = new RedisConnections(config.redis, log);
  disposers.defer('redis watch', () => connections.close());
  const { redis, webhookQueue, subscriber } = openConnections(config, connections, disposers);

  const keys = redisKeys(config.redis.prefix);
  const deliveries = new Deliveries(redis, keys, webhookQueue, { retentionS: config.queue.retentionS });
  const apiKeys = new ApiKeys(redis, keys);
  const slots = new DeliverySlots({ atOnce: config.webhooks.concurrency, perReceiver: config.webhooks.perReceiver });
  const wakeups = new Wakeups();
  const registry = new ModelRegistry(redis, keys);
  const needs = {
    redis: () => connections.watch.assertWritable(),
    storage: (signal: AbortSignal) => storage.ping({ signal }),
  };
  // The connection waits for Redis to come back, and a scrape cannot.
  const call = createRedisCall(redis, answerMs);
  const missing = () => whatIsMissing(needs, answerMs);
  const metrics = createDispatcherMetrics({
    queues: () => call(() => countJobs([...served.all().map(({ queues }) => queues.batches), webhookQueue])),
    ...{ slots, storage: meter, whatIsMissing: missing },
    oldestDelivery: () => call(() => readOldest(webhookQueue, redis)),
  });
  const probes = await startProbeServer(config.probes, {
    whatIsMissing: missing,
    metrics: () => metrics.render(),
  });
  disposers.defer('probes', () => probes.close());

  options.onLoaded?.();
  const removeFiles = (data: JobData) => removeResults(data, storage, config.s3.timeoutMs);
  const common = { redis, keys, storage, deliveries, wakeups, removeResults: removeFiles, log };
  const served = new ServedModels({
    models: new WatchedModels(registry, [modelName(config.queue.model), ...config.models.names]),
    serve: (name) => serveModel(name, config, common),
    log,
  });
  disposers.defer('models', () => served.stop(), stopMs);
  const revocations = new RevocationSweep({ redis, keys, apiKeys, deliveries, log, models: () => served.all() });
  listen(subscriber, keys, { wakeups, revocations });
  const secrets = new WebhookSecrets(redis, keys);
  const sending = { deliveries, apiKeys, slots, secrets, onAttempt: metrics.webhook, log };
  const webhooks = createWebhookWorker(config, redis, sending, options.resolve);
  disposers.defer('webhooks', () => webhooks.close(), stopMs);
  webhooks.run().catch((error: unknown) => log.error({ err: error, queue: webhooks.name }, 'a worker ended'));
  const routines = {
    revocations: revocations.sweepEvery(config.batches.reconcileMs),
    sweeping: startSweeping(config, { redis, served, registry, storage, apiKeys, metrics, log }),
    'turns of webhooks': keepGivingTurns({ queue: webhookQueue, redis, keys }),
  };
  for (const [name, routine] of Object.entries(routines)) disposers.defer(name, () => routine.stop(), stopMs);
  log.info({ health: probes.url }, 'dispatcher started');
  return { healthUrl: probes.url, stop: () => disposers.run() };
}

interface Listeners {
  readonly wakeups: Wakeups;
  readonly revocations: RevocationSweep;
}

/** What the channels lose while Redis is down is noticed by the next periodic check. */
function listen(subscriber: Redis, keys: RedisKeys, { wakeups, revocations }: Listeners): void {
  subscriber.on('message', (channel, id) => {
    if (channel === keys.batchChannel) wakeups.wake(id);
    else void revocations.hear(id);
  });
  subscriber.subscribe(keys.batchChannel, keys.apiKeyChannel).catch(() => undefined);
}

function openConnections(
  { redis: { prefix }, shutdown }: DispatcherConfig,
  connections: RedisConnections,
  disposers: Disposers,
) {
  // Also BullMQ's, whose workers open others like it for their blocking reads.
  const redis = connections.open({ whileDown: 'wait' }, 'm2fp-dispatcher');
  disposers.defer('redis', () => redis.disconnect());
  const subscriber = connections.open({ whileDown: 'listen' });
  disposers.defer('subscriber', () => subscriber.disconnect());
  const webhookQueue = openQueue(webhookQueueName, { connection: redis, prefix });
  disposers.defer('webhook queue', () => webhookQueue.close(), shutdown.timeoutMs);
  return { redis, subscriber, webhookQueue };
}
