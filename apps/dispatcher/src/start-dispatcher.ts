import { batchQueueName, queueName, redisKeys, webhookQueueName, type JobData, type RedisKeys } from '@m2fp/contract';
import { ApiKeys } from '@m2fp/queue/access';
import { Batches } from '@m2fp/queue/batches';
import { openQueue } from '@m2fp/queue/open-queue';
import { EndedJobs } from '@m2fp/queue/retention';
import { giveTurnsIfUp, type TurnParts } from '@m2fp/queue/turns';
import { Deliveries, WebhookSecrets } from '@m2fp/queue/webhooks';
import { Disposers, type RunningService, type StartOptions } from '@m2fp/service/lifecycle';
import type { Logger } from '@m2fp/service/logger';
import { startProbeServer, whatIsMissing } from '@m2fp/service/probes';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import { assertWritable, connectRedis, connectSubscriber, redisOptions } from '@m2fp/service/redis';
import { createS3Storage, removeResults } from '@m2fp/storage';
import { QueueEvents, type Queue, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createBatchWorker } from './batches/batch-worker.ts';
import { settlePhoto } from './batches/run-batch.ts';
import { Wakeups } from './batches/wakeups.ts';
import type { DispatcherConfig } from './config.ts';
import { FinishedJobs } from './jobs/finished-jobs.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { startSweeping } from './retention/sweeping.ts';
import { RevocationSweep } from './revocation/revocation-sweep.ts';
import { createWebhookWorker } from './webhooks/deliver.ts';
import { DeliverySlots } from './webhooks/delivery-slots.ts';
import type { Resolve } from './webhooks/guarded-agent.ts';

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
/** Batches that make room, and deliveries that are tried again, wait for their turn no longer than that. */
const giveTurnsEveryMs = 1_000;

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
  const { ended, ...stores } = openStores(config, redis, keys, queues);
  const removeFiles = (data: JobData) => removeResults(data, storage, config.s3.timeoutMs);
  const parse = { queue: queues.parse, redis, keys, removeResults: removeFiles, ended };
  const { concurrency: atOnce, perReceiver } = config.webhooks;
  const slots = new DeliverySlots({ atOnce, perReceiver });
  const metrics = createDispatcherMetrics([queues.batches, queues.webhooks], slots);
  const wakeups = new Wakeups();
  const finished = new FinishedJobs({
    ...{ redis, keys, queue: queues.parse, events, deliveries: stores.deliveries, ended, log },
    onBatchJob: async (job) => {
      await settlePhoto(job, stores.batches);
      wakeups.wake(job.data.batch?.id ?? '');
    },
  });
  const revocations = new RevocationSweep({ ...stores, redis, keys, parse, log });
  listen(subscriber, keys, { wakeups, revocations });
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
  const sending = { ...stores, slots, secrets: new WebhookSecrets(redis, keys), onAttempt: metrics.webhook, log };
  const workers = {
    webhooks: createWebhookWorker(config, sending, options.resolve),
    batches: createBatchWorker(config, queues.batches, { ...stores, storage, parse, wakeups, log }),
  };
  disposers.defer('workers', () => closeWorkers(workers), stopMs);
  for (const worker of Object.values(workers)) {
    worker.run().catch((error: unknown) => log.error({ err: error, queue: worker.name }, 'a worker ended'));
  }
  const routines = {
    reconciling: finished.reconcileEvery(config.batches.reconcileMs),
    revocations: revocations.sweepEvery(config.batches.reconcileMs),
    sweeping: startSweeping(config, { ...stores, redis, queues, storage, finished, metrics, log }),
    'turns of batches': keepGivingTurns({ queue: queues.batches, redis, keys }),
    'turns of webhooks': keepGivingTurns({ queue: queues.webhooks, redis, keys }),
  };
  for (const [name, routine] of Object.entries(routines)) disposers.defer(name, () => routine.stop(), stopMs);
  log.info({ health: probes.url, queue: queues.parse.name }, 'dispatcher started');
  return { healthUrl: probes.url, stop: () => disposers.run() };
}

/** What fails because Redis goes down is done the next time. */
function keepGivingTurns(parts: TurnParts): Routine {
  return repeatEvery(
    giveTurnsEveryMs,
    () => giveTurnsIfUp(parts),
    () => undefined,
  );
}

type Queues = ReturnType<typeof openConnections>['queues'];

function openStores({ queue, shares }: DispatcherConfig, redis: Redis, keys: RedisKeys, queues: Queues) {
  const { retentionS, retentionCount } = queue;
  return {
    ended: new EndedJobs({ redis, keys, queue: queues.parse, retentionS, retentionCount, shares }),
    deliveries: new Deliveries(redis, keys, queues.webhooks, { retentionS }),
    batches: new Batches(redis, keys, queues.batches, { retentionS }),
    apiKeys: new ApiKeys(redis, keys),
  };
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
