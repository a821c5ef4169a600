import { batchQueueName, queueName, redisKeys, webhookQueueName, type JobData } from '@m2fp/contract';
import { Batches } from '@m2fp/queue/batches';
import { openQueue } from '@m2fp/queue/open-queue';
import { Deliveries, WebhookSecrets } from '@m2fp/queue/webhooks';
import { Disposers, type RunningService, type StartOptions } from '@m2fp/service/lifecycle';
import type { Logger } from '@m2fp/service/logger';
import { startProbeServer, whatIsMissing } from '@m2fp/service/probes';
import { assertWritable, connectRedis, connectSubscriber, redisOptions } from '@m2fp/service/redis';
import { createS3Storage, removeResults } from '@m2fp/storage';
import { QueueEvents, type Queue, type Worker } from 'bullmq';
import { createBatchWorker } from './batches/batch-worker.ts';
import { settlePhoto } from './batches/run-batch.ts';
import { Wakeups } from './batches/wakeups.ts';
import type { DispatcherConfig } from './config.ts';
import { FinishedJobs } from './jobs/finished-jobs.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { createWebhookWorker } from './webhooks/deliver.ts';
import type { Resolve } from './webhooks/guarded-agent.ts';

export interface StartDispatcherOptions extends Partial<StartOptions> {
  readonly log: Logger;
  /** Resolves the host names of webhooks. Default: the system's resolver. */
  readonly resolve?: Resolve;
}

export interface RunningDispatcher extends RunningService {
  readonly healthUrl: string;
  /** Resolves to true if everything ended cleanly. */
  stop(): Promise<boolean>;
}

const answerMs = 2_000;

/** Assembles a dispatcher and starts it. Redis may still be down. Throws if the port of the probes is taken. */
export async function startDispatcher(
  config: DispatcherConfig,
  options: StartDispatcherOptions,
): Promise<RunningDispatcher> {
  const { log, disposers = new Disposers(log) } = options;
  const stopMs = config.shutdown.timeoutMs;
  // Without Redis a queue may never close, and the following steps need some of the remaining time.
  disposers.limitTo(stopMs);
  const storage = createS3Storage(config.s3.storage);
  disposers.defer('storage', () => storage.close());
  const { redis, queues, events, subscriber } = openConnections(config, log, disposers);

  const keys = redisKeys(config.redis.prefix);
  const keep = { retentionS: config.queue.retentionS };
  const deliveries = new Deliveries(redis, keys, queues.webhooks, keep);
  const batches = new Batches(redis, keys, queues.batches, keep);
  const secrets = new WebhookSecrets(redis, keys);
  const metrics = createDispatcherMetrics([queues.batches, queues.webhooks]);
  const wakeups = new Wakeups();
  // What the channel loses while Redis is down is noticed at the batch's next check.
  subscriber.on('message', (_channel, id) => wakeups.wake(id));
  subscriber.subscribe(keys.batchChannel).catch(() => undefined);
  const finished = new FinishedJobs({
    ...{ redis, keys, queue: queues.parse, events, deliveries, log },
    onBatchJob: async (job) => {
      await settlePhoto(job, batches);
      wakeups.wake(job.data.batch?.id ?? '');
    },
  });
  const needs = {
    redis: () => assertWritable(redis, config.redis.prefix),
    storage: (signal: AbortSignal) => storage.ping({ signal }),
  };
  const probes = await startProbeServer(config.probes, {
    whatIsMissing: () => whatIsMissing(needs, answerMs),
    metrics: () => metrics.render(),
  });
  disposers.defer('probes', () => probes.close());

  options.onLoaded?.();
  const removeFiles = (data: JobData) => removeResults(data, storage, config.s3.timeoutMs);
  const cancel = { queue: queues.parse, redis, keys, removeResults: removeFiles };
  const workers = {
    webhooks: createWebhookWorker(config, { deliveries, secrets, onAttempt: metrics.webhook, log }, options.resolve),
    batches: createBatchWorker(config, { batches, queue: queues.parse, storage, cancel, deliveries, wakeups, log }),
  };
  disposers.defer('workers', () => closeWorkers(workers), stopMs);
  for (const worker of Object.values(workers)) {
    worker.run().catch((error: unknown) => log.error({ err: error, queue: worker.name }, 'a worker ended'));
  }
  const reconciling = finished.reconcileEvery(config.batches.reconcileMs);
  disposers.defer('reconciling', () => reconciling.stop(), stopMs);
  log.info({ health: probes.url, queue: queues.parse.name }, 'dispatcher started');
  return { healthUrl: probes.url, stop: () => disposers.run() };
}

function openConnections(
  { redis: { url, prefix }, queue, shutdown }: DispatcherConfig,
  log: Logger,
  disposers: Disposers,
) {
  const connection = redisOptions(url, { whileDown: 'wait' });
  const redis = connectRedis({ ...connection, connectionName: 'm2fp-dispatcher' }, log);
  disposers.defer('redis', () => redis.disconnect());
  const subscriber = connectSubscriber(url);
  disposers.defer('subscriber', () => subscriber.disconnect());
  const open = (name: string): Queue => {
    const opened = openQueue(name, { connection: redis, prefix });
    disposers.defer(`queue ${name}`, () => opened.close(), shutdown.timeoutMs);
    return opened;
  };
  const parseQueue = queueName(queue.model);
  const queues = {
    parse: open(parseQueue),
    batches: open(batchQueueName(parseQueue)),
    webhooks: open(webhookQueueName),
  };
  const events = new QueueEvents(parseQueue, { prefix, connection });
  events.on('error', () => undefined);
  disposers.defer('events', () => events.close(), shutdown.timeoutMs);
  return { redis, subscriber, queues, events };
}

async function closeWorkers(workers: { readonly webhooks: Worker; readonly batches: Worker }): Promise<void> {
  const closed = workers.batches.close();
  workers.batches.cancelAllJobs('handed-back');
  await Promise.all([closed, workers.webhooks.close()]);
}
