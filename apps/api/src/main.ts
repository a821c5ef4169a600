/** The composition root: makes everything, puts it together, and takes it apart again. */
import { createS3Storage } from '@m2fp/storage';
import { releaseStartupMemory } from '@m2fp/service/lifecycle';
import { readPageAssets } from '@m2fp/page';
import { createTracing } from '@m2fp/service/tracing';
import type { Redis } from 'ioredis';
import { RedisAuthenticator } from './access/authenticator.ts';
import { RedisJobLimit } from './access/job-limit.ts';
import { RefusedToListen, assertMayListen, isLoopback } from './access/listen-rule.ts';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { RedisBatchStore } from './batches/batch-store.ts';
import { ConfigError, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { Disposers } from './disposers.ts';
import { HttpServer } from './http/server.ts';
import { RedisIdempotencyStore } from './idempotency/idempotency-store.ts';
import { BullJobQueue } from './jobs/bullmq-queue.ts';
import { RedisJobChanges } from './jobs/job-changes.ts';
import { connectRedis, disconnectRedis } from './jobs/redis-connection.ts';
import { createLogger } from './logger.ts';
import { createApiMetrics } from './metrics/api-metrics.ts';
import { watchProcess } from './process-stats.ts';
import { stopOnSignal } from './shutdown.ts';
import { createRedisCall } from './redis-call.ts';
import { watchQueues } from './routes/admin.ts';
import { RedisWebhookStore } from './webhooks/webhook-store.ts';

async function main(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const disposers = new Disposers(log);
  const stop = stopOnSignal(disposers, log);

  const redis = connectRedis(config.redis, log);
  disposers.defer('redis', () => disconnectRedis(redis));
  const storage = createS3Storage(config.storage);
  disposers.defer('storage', () => storage.close());
  const queue = new BullJobQueue(redis, config.queue);
  disposers.defer('queue', () => queue.close());
  const changes = followJobs(queue.eventStream, config, disposers, log);
  const batches = new RedisBatchStore(redis, config.queue);
  disposers.defer('batches', () => batches.close());
  const webhooks = new RedisWebhookStore(redis, config.queue);
  disposers.defer('webhooks', () => webhooks.close());

  const { api: settings } = config;
  const watch = watchProcess();
  disposers.defer('process watch', watch.stop);
  const authenticator = createAuthenticator(redis, config);
  await assertMayListen(config, authenticator);
  const call = createRedisCall(redis, config.queue.timeoutMs);
  const watched = watchQueues(redis, config.queue.prefix, config.queue.name, call);
  disposers.defer('watched queues', () => watched.close());
  const tracing = await createTracing('m2fp-api', config.isTraced);
  disposers.defer('tracing', () => tracing.stop());
  const app = createApp({
    authenticator,
    tracing,
    metrics: createApiMetrics(() => watched.depth()),
    adminQueues: watched.queues,
    queue,
    jobLimit: new RedisJobLimit({ redis, prefix: config.queue.prefix, call, queue }),
    changes,
    idempotency: new RedisIdempotencyStore(redis, config.queue),
    batches,
    webhooks,
    storage,
    log,
    settings,
    stats: watch.stats,
    page: await readPageAssets(),
    stopping: stop.signal,
  });
  // A little more than an upload may take, so that the app's own answer to a slow one comes first.
  const server = new HttpServer(app.fetch, { requestTimeoutMs: settings.uploadTimeoutMs + 5_000 });
  releaseStartupMemory();
  watch.begin();
  const { address, port } = await server.listen(config.port, config.host);
  disposers.defer('http server', () => server.stop(config.shutdownTimeoutMs), config.shutdownTimeoutMs * 2 + 5_000);
  log.info({ host: address, port }, 'listening');
}

function createAuthenticator(redis: Redis, config: Config): RedisAuthenticator {
  const { prefix, timeoutMs } = config.queue;
  const { allowAnonymous, api: prefixes } = config;
  const settings = { prefix, timeoutMs, isLoopback: isLoopback(config.host), allowAnonymous, prefixes };
  return new RedisAuthenticator(redis, settings);
}

function followJobs(stream: string, config: Config, disposers: Disposers, log: Logger): RedisJobChanges {
  const redis = connectRedis(config.redis, log);
  const changes = new RedisJobChanges(redis, stream);
  disposers.defer('job changes', () => {
    redis.disconnect();
    return changes.close();
  });
  return changes;
}

try {
  await main(readConfig());
} catch (error) {
  const isPlain = error instanceof ConfigError || error instanceof RefusedToListen;
  process.stderr.write(`${isPlain ? error.message : String(error)}\n`);
  process.exit(1);
}
