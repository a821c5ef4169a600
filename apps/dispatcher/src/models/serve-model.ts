/** What a dispatcher does for one model: it notices jobs that end, runs batches, and gives these their turns. */
import { batchQueueName, queueName, type JobData, type RedisKeys } from '@m2fp/contract';
import { Batches } from '@m2fp/queue/batches';
import type { CancelParts } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import { EndedJobs } from '@m2fp/queue/retention';
import { giveTurnsIfUp, type TurnParts } from '@m2fp/queue/turns';
import type { Deliveries } from '@m2fp/queue/webhooks';
import { Disposers } from '@m2fp/service/lifecycle';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { ObjectStorage } from '@m2fp/storage';
import { QueueEvents, type Queue, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createBatchWorker } from '../batches/batch-worker.ts';
import { settlePhoto } from '../batches/run-batch.ts';
import type { Wakeups } from '../batches/wakeups.ts';
import type { DispatcherConfig } from '../config.ts';
import { FinishedJobs } from '../jobs/finished-jobs.ts';
import { Stragglers } from '../retention/stragglers.ts';

/** What all models share. */
export interface CommonParts {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly storage: ObjectStorage;
  readonly deliveries: Deliveries;
  readonly wakeups: Wakeups;
  readonly removeResults: (data: JobData) => Promise<void>;
  readonly log: Logger;
}

/** A model's queues: of jobs, and of batches. */
export interface ModelQueues {
  readonly parse: Queue;
  readonly batches: Queue;
}

export interface ServedModel {
  readonly name: string;
  readonly queues: ModelQueues;
  readonly batches: Batches;
  /** For ending jobs. */
  readonly parse: CancelParts;
  readonly stragglers: Stragglers;
  /** Resolves to true if everything ended cleanly. */
  stop(): Promise<boolean>;
}

/** Batches that make room, and deliveries that are tried again, wait for their turn no longer than that. */
const giveTurnsEveryMs = 1_000;

/** Begins at once. Redis may be down. */
export function serveModel(name: string, config: DispatcherConfig, common: CommonParts): ServedModel {
  const { redis, keys, storage, deliveries, wakeups, removeResults, log } = common;
  const stopMs = config.shutdown.timeoutMs;
  const disposers = new Disposers(log);
  disposers.limitTo(stopMs);
  const { queues, events } = openQueues(name, config, redis, disposers);
  const { retentionS, retentionCount } = config.queue;
  const ended = new EndedJobs({ redis, keys, queue: queues.parse, retentionS, retentionCount, shares: config.shares });
  const batches = new Batches(redis, keys, queues.batches, { retentionS });
  const parse = { queue: queues.parse, redis, keys, removeResults, ended };
  const finished = new FinishedJobs({
    ...{ redis, keys, queue: queues.parse, events, deliveries, ended, log },
    onBatchJob: async (job) => {
      await settlePhoto(job, batches);
      wakeups.wake(job.data.batch?.id ?? '');
    },
  });
  const worker = createBatchWorker(config, queues.batches, redis, {
    batches,
    deliveries,
    storage,
    parse,
    wakeups,
    log,
  });
  disposers.defer(`worker ${worker.name}`, () => closeBatchWorker(worker), stopMs);
  worker.run().catch((error: unknown) => log.error({ err: error, queue: worker.name }, 'a worker ended'));
  const routines = {
    reconciling: finished.reconcileEvery(config.batches.reconcileMs),
    'turns of batches': keepGivingTurns({ queue: queues.batches, redis, keys }),
  };
  for (const [step, routine] of Object.entries(routines)) disposers.defer(step, () => routine.stop(), stopMs);
  const stragglers = new Stragglers({
    ...{ redis, queue: queues.parse, retentionS, log },
    handle: (id) => finished.handle(id),
  });
  return { name, queues, batches, parse, stragglers, stop: () => disposers.run() };
}

function openQueues(
  name: string,
  { redis: { prefix }, shutdown }: DispatcherConfig,
  redis: Redis,
  disposers: Disposers,
) {
  const open = (queue: string): Queue => {
    const opened = openQueue(queue, { connection: redis, prefix });
    disposers.defer(`queue ${queue}`, () => opened.close(), shutdown.timeoutMs);
    return opened;
  };
  const parseQueue = queueName(name);
  const queues = { parse: open(parseQueue), batches: open(batchQueueName(parseQueue)) };
  const events = new QueueEvents(parseQueue, { prefix, connection: redis });
  events.on('error', () => undefined);
  disposers.defer('events', () => events.close(), shutdown.timeoutMs);
  return { queues, events };
}

/** What fails because Redis goes down is done the next time. */
export function keepGivingTurns(parts: TurnParts): Routine {
  return repeatEvery(
    giveTurnsEveryMs,
    () => giveTurnsIfUp(parts),
    () => undefined,
  );
}

async function closeBatchWorker(worker: Worker): Promise<void> {
  const closed = worker.close();
  worker.cancelAllJobs('handed-back');
  await closed;
}
