import { webhookQueueName } from '@m2fp/contract';
import { Worker } from 'bullmq';
import type { DispatcherConfig } from '../config.ts';
import { redisOptions } from '../redis.ts';
import { AttemptFailed, deliver, type DeliverParts } from './deliver.ts';

/** Longer than any attempt takes. */
const lockMs = 60_000;
/** After a failure of our own, such as a Redis that went away in between. */
const ownFaultMs = 5_000;

/** Sends what is on the webhook queue. It begins when `run()` is called. */
export function createWebhookWorker(config: DispatcherConfig, parts: DeliverParts): Worker {
  const worker = new Worker(webhookQueueName, (job) => deliver(job, parts), {
    autorun: false,
    prefix: config.prefix,
    connection: redisOptions(config.redisUrl),
    concurrency: config.webhooks.concurrency,
    lockDuration: lockMs + config.webhooks.timeoutMs,
    // A dispatcher's death is no receiver's fault.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: 1_000,
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof AttemptFailed ? error.delayMs : ownFaultMs),
    },
  });
  // While Redis is away each try is an error; that it is away is logged once.
  worker.on('error', (error) => parts.log.debug({ err: error }, 'webhook queue error'));
  return worker;
}
