import { batchQueueName, redisKeys, webhookQueueName, type JobData } from '@m2fp/contract';
import { createS3Storage, removeResults } from '@m2fp/storage';
import { Batches } from '@m2fp/queue/batches';
import { Deliveries, WebhookSecrets } from '@m2fp/queue/webhooks';
import { Queue, QueueEvents, type Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createBatchWorker } from './batches/batch-worker.ts';
import { settlePhoto, type RunBatchParts } from './batches/run-batch.ts';
import { Wakeups } from './batches/wakeups.ts';
import type { DispatcherConfig } from './config.ts';
import { startHealthServer } from './health.ts';
import { FinishedJobs } from './jobs/finished-jobs.ts';
import type { Logger } from './logging.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { whatIsMissing } from './readiness.ts';
import { connectRedis, redisOptions } from './redis.ts';
import { repeat } from './repeat.ts';
import { stopInOrder } from './shutdown.ts';
import type { DeliverParts } from './webhooks/deliver.ts';
import type { Resolve } from './webhooks/guarded-agent.ts';
import { createWebhookWorker } from './webhooks/webhook-worker.ts';

export interface RunningDispatcher {
  readonly healthUrl: string;
  /** Resolves to whether everything ended in good order. */
  stop(): Promise<boolean>;
}

export interface StartOptions {
  readonly log: Logger;
  /** How webhooks' names become addresses. Default: as the system does. */
  readonly resolve?: Resolve;
}

/** Puts a dispatcher together and lets it work. Redis need not be there yet. Throws where the health port is taken. */
export async function startDispatcher(config: DispatcherConfig, options: StartOptions): Promise<RunningDispatcher> {
  const { log } = options;
  const redis = connectRedis(config.redisUrl, log);
  const storage = createS3Storage(config.storage);
  const queues = openQueues(config, redis);
  const keys = redisKeys(config.prefix);
  const { retentionS } = config;
  const deliveries = new Deliveries(redis, keys, queues.webhooks, { retentionS });
  const batches = new Batches(redis, keys, queues.batches, { retentionS });
  const wakeups = new Wakeups();
  const events = openEvents(config);
  const finished = new FinishedJobs({
    ...{ redis, keys, queue: queues.parse, events, deliveries, log },
    onBatchJob: async (job) => {
      await settlePhoto(job, batches);
      wakeups.wake(job.data.batch?.id ?? '');
    },
  });
  const secrets = new WebhookSecrets(redis, keys);
  const metrics = createDispatcherMetrics([queues.batches, queues.webhooks]);
  const cancel = {
    ...{ queue: queues.parse, redis, keys },
    removeResults: (data: JobData) => removeResults(data, storage, config.s3TimeoutMs),
  };
  const [webhookWorker, batchWorker] = startWorkers(
    config,
    { deliveries, secrets, onAttempt: (outcome) => metrics.webhook(outcome), log },
    { batches, queue: queues.parse, storage, cancel, deliveries, wakeups, log },
    options.resolve,
  );
  const subscriber = listenForCancels(config, keys.batchChannel, wakeups);
  const reconciling = repeat(
    config.reconcileMs,
    (signal) => finished.reconcile(signal),
    (error) => log.warn({ err: error }, 'the list of webhooks was not gone through'),
  );
  const health = await startHealthServer(
    config.health,
    () => whatIsMissing(redis, storage),
    () => metrics.render(),
  );
  log.info({ health: health.url, queue: config.parseQueue }, 'dispatcher started');

  return {
    healthUrl: health.url,
    stop: () => {
      const steps = [
        () => reconciling.stop(),
        () => closeWorkers(webhookWorker, batchWorker),
        () => events.close(),
        ...Object.values(queues).map((queue) => () => queue.close()),
        async () => subscriber.disconnect(),
        async () => redis.disconnect(),
        () => health.close(),
        async () => storage.close(),
      ];
      return stopInOrder(steps, config.shutdownTimeoutMs, log);
    },
  };
}

function startWorkers(
  config: DispatcherConfig,
  webhooks: Omit<DeliverParts, 'guard' | 'scheduleMs'>,
  batches: Omit<RunBatchParts, 'settings'>,
  resolve: Resolve | undefined,
): readonly [Worker, Worker] {
  const { s3TimeoutMs, reconcileMs, retentionS } = config;
  const { rules, timeoutMs, scheduleMs } = config.webhooks;
  const guard = { rules, timeoutMs, ...(resolve === undefined ? {} : { resolve }) };
  const { window, maxPhotos } = config.batches;
  const settings = { window, maxPhotos, retentionS, s3TimeoutMs, reconcileMs };
  const workers = [
    createWebhookWorker(config, { ...webhooks, guard, scheduleMs }),
    createBatchWorker(config, { ...batches, settings }),
  ] as const;
  for (const worker of workers) {
    worker.run().catch((error: unknown) => webhooks.log.error({ err: error, queue: worker.name }, 'a worker ended'));
  }
  return workers;
}

async function closeWorkers(webhookWorker: Worker, batchWorker: Worker): Promise<void> {
  const closed = batchWorker.close();
  batchWorker.cancelAllJobs('handed-back');
  await Promise.all([closed, webhookWorker.close()]);
}

function openQueues({ prefix, parseQueue }: DispatcherConfig, connection: Redis) {
  // Neither writes before there is something to do: a first command that fails would spoil a queue for good.
  const open = (name: string): Queue => {
    const queue = new Queue(name, { prefix, connection, skipMetasUpdate: true, skipWaitingForReady: true });
    queue.on('error', () => undefined);
    return queue;
  };
  return { parse: open(parseQueue), batches: open(batchQueueName(parseQueue)), webhooks: open(webhookQueueName) };
}

function openEvents({ parseQueue, prefix, redisUrl }: DispatcherConfig): QueueEvents {
  const events = new QueueEvents(parseQueue, { prefix, connection: redisOptions(redisUrl) });
  events.on('error', () => undefined);
  return events;
}

/** Batches that are to be canceled are looked at now. What is lost while Redis is away is seen at the next look. */
function listenForCancels({ redisUrl }: DispatcherConfig, channel: string, wakeups: Wakeups): Redis {
  const { url, ...options } = redisOptions(redisUrl);
  // It says nothing for as long as nobody cancels: silence does not mean that its connection is dead.
  const subscriber = new Redis(url, { ...options, socketTimeout: 0 });
  subscriber.on('error', () => undefined);
  subscriber.on('message', (_channel, id) => wakeups.wake(id));
  subscriber.subscribe(channel).catch(() => undefined);
  return subscriber;
}
