/** The API: HTTP in front of the queue. */
// First: it may start this process anew, without the secrets in its environment.
import '@m2fp/service/clean-start';
import { modelName, queueName, redisKeys } from '@m2fp/contract';
import { readPageAssets } from '@m2fp/page';
import { ApiKeys } from '@m2fp/queue/access';
import { ModelRegistry, WatchedModels } from '@m2fp/queue/models';
import { runService, type RunningService, type StartOptions } from '@m2fp/service/lifecycle';
import { createStorageMeter } from '@m2fp/service/metrics';
import { whatIsMissing } from '@m2fp/service/probes';
import { repeatEvery } from '@m2fp/service/repeat';
import { RedisConnections, createRedisCall, disconnectRedis } from '@m2fp/service/redis';
import { createTracing } from '@m2fp/service/tracing';
import { createS3Storage, measuredStorage } from '@m2fp/storage';
import type { Redis } from 'ioredis';
import { RedisAuthenticator } from './access/authenticator.ts';
import { WatchedKeys } from './access/key-changes.ts';
import { RedisJobLimit } from './access/job-limit.ts';
import { Shares, totalLimits } from './access/shares.ts';
import { assertMayListen, isLoopback } from './access/listen-rule.ts';
import { createApp } from './app.ts';
import { RedisBatchStore } from './batches/batch-store.ts';
import { apiSettings, readConfig, type Config } from './config.ts';
import { HttpServer } from './http/server.ts';
import { RedisIdempotencyStore } from './idempotency/idempotency-store.ts';
import { BullJobQueue } from './jobs/bullmq-queue.ts';
import { RedisJobChanges } from './jobs/job-changes.ts';
import { createBacklogs } from './models/backlogs.ts';
import { watchProcess } from './process-stats.ts';
import { watchQueues } from './routes/admin.ts';
import { createApiMetrics } from './routes/metrics.ts';
import { RedisWebhookStore } from './webhooks/webhook-store.ts';

/** Those of Redis's INFO that the metrics read: several at once are asked of Redis 7 or later only. */
const infoSections = ['memory', 'persistence'];

/** Assembles the API and starts listening. Redis may still be down. */
async function startApi(config: Config, { log, disposers, stopping, onLoaded }: StartOptions): Promise<RunningService> {
  const { allowAnonymous, queueTimeoutMs: timeoutMs, publicEndpoint } = config.access;
  const { prefix } = config.redis;
  const connections = new RedisConnections(config.redis, log);
  disposers.defer('redis watch', () => connections.close());
  const redis = connections.open({ whileDown: 'fail', answerMs: timeoutMs }, 'm2fp-api');
  disposers.defer('redis', () => disconnectRedis(redis));
  const meter = createStorageMeter();
  const storage = measuredStorage(createS3Storage({ ...config.s3.storage, publicEndpoint }), meter.onCall);
  disposers.defer('storage', () => storage.close());
  const models = watchModels(config, redis, disposers);
  const stores = openStores(config, redis, connections, { models, disposers });
  const { queue } = stores;
  const watch = watchProcess();
  disposers.defer('process watch', watch.stop);

  const { host, port: wantedPort } = config.http;
  const authenticator = new RedisAuthenticator(redis, {
    ...{ prefix, timeoutMs, allowAnonymous, queues: () => models.names().map(queueName) },
    isLoopback: isLoopback(host),
    prefixes: config.prefixes,
    shares: config.shares,
  });
  await assertMayListen({ host, allowAnonymous }, authenticator);
  const call = createRedisCall(redis, timeoutMs);
  const backlogs = createBacklogs({ redis, prefix, call, models, queue });
  const watched = watchQueues(redis, prefix, models, call);
  disposers.defer('watched queues', () => watched.close());
  const tracing = await createTracing('m2fp-api', config.tracing.isEnabled);
  disposers.defer('tracing', () => tracing.stop());
  const settings = apiSettings(config);
  const needs = {
    redis: () => connections.watch.assertWritable(),
    storage: (signal: AbortSignal) => storage.ping({ signal }),
  };
  const app = createApp({
    ...{ ...stores, authenticator, tracing, models, backlogs, storage, log, settings, stopping },
    redis: connections.watch,
    metrics: createApiMetrics({
      ...{ queues: () => watched.depth(), backlogs, storage: meter },
      redisInfo: () => call(async () => (await Promise.all(infoSections.map((name) => redis.info(name)))).join('')),
      whatIsMissing: () => whatIsMissing(needs, settings.storageTimeoutMs),
    }),
    adminQueues: watched.queues,
    shares: new Shares(totalLimits(settings)),
    jobLimit: new RedisJobLimit({ redis, prefix, call, queue }),
    idempotency: new RedisIdempotencyStore(redis, { prefix, timeoutMs }),
    stats: watch.stats,
    page: await readPageAssets({ basePath: config.web.basePath }),
  });
  // A little more than an upload may take, so that the app's own answer to a slow one comes first.
  const server = new HttpServer(app.fetch, { requestTimeoutMs: settings.uploadTimeoutMs + 5_000 });
  onLoaded();
  watch.begin();
  const { address, port } = await server.listen(wantedPort, host);
  const graceMs = config.shutdown.timeoutMs;
  disposers.defer('http server', () => server.stop(graceMs), graceMs * 2 + 5_000);
  log.info({ host: address, port }, 'listening');
  return {};
}

/** How often to ask which models there are. One that a request names and that is not known is asked for at once. */
const modelsEveryMs = 2_000;

/** While Redis is down, those that are known stay. */
function watchModels(config: Config, redis: Redis, disposers: StartOptions['disposers']): WatchedModels {
  const registry = new ModelRegistry(redis, redisKeys(config.redis.prefix));
  const call = createRedisCall(redis, config.access.queueTimeoutMs);
  const port = {
    expect: (names: readonly string[]) => call(() => registry.expect(names)),
    read: () => call(() => registry.read()),
  };
  const models = new WatchedModels(port, [modelName(config.queue.model), ...config.models.names]);
  const watching = repeatEvery(
    modelsEveryMs,
    () => models.refresh(),
    () => undefined,
  );
  disposers.defer('models', () => watching.stop());
  return models;
}

interface StoreParts {
  readonly models: WatchedModels;
  readonly disposers: StartOptions['disposers'];
}

/** What keeps its state in Redis. */
function openStores(config: Config, redis: Redis, connections: RedisConnections, { models, disposers }: StoreParts) {
  const { prefix } = config.redis;
  const { queueTimeoutMs: timeoutMs } = config.access;
  const { retentionS, retentionCount } = config.queue;
  const queueSettings = { prefix, timeoutMs, retentionS, retentionCount, shares: config.shares };
  const queue = new BullJobQueue(redis, queueSettings, models);
  disposers.defer('queue', () => queue.close());
  // On a connection of its own, because reading blocks it.
  const reader = connections.open({ whileDown: 'fail', answerMs: timeoutMs }, 'm2fp-api');
  const changes = new RedisJobChanges(reader, () => queue.eventStreams());
  disposers.defer('job changes', () => {
    reader.disconnect();
    return changes.close();
  });
  const batches = new RedisBatchStore(redis, queueSettings, models);
  disposers.defer('batches', () => batches.close());
  const webhooks = new RedisWebhookStore(redis, queueSettings);
  disposers.defer('webhooks', () => webhooks.close());
  const subscriber = connections.open({ whileDown: 'listen' });
  disposers.defer('subscriber', () => subscriber.disconnect());
  const keys = redisKeys(prefix);
  const apiKeys = new ApiKeys(redis, keys);
  const call = createRedisCall(redis, timeoutMs);
  const find = (id: string) => call(() => apiKeys.find(id));
  const keyChanges = new WatchedKeys({ find, subscriber, channel: keys.apiKeyChannel });
  disposers.defer('key changes', () => keyChanges.close());
  return { queue, changes, batches, webhooks, keyChanges };
}

await runService({ app: 'api', readSettings: readConfig, start: startApi, finishesAfterFault: true });
