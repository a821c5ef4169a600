/** Sends what is on the webhook queue, attempt by attempt, as far as there are slots. */
import { deliveryJobSchema, webhookQueueName } from '@m2fp/contract';
import type { ApiKeys } from '@m2fp/queue/access';
import {
  revokedAttempt,
  signedHeaders,
  type Attempt,
  type Deliveries,
  type Delivery,
  type WebhookSecrets,
} from '@m2fp/queue/webhooks';
import type { Logger } from '@m2fp/service/logger';
import type { GuardSettings, Resolve } from '@m2fp/service/outgoing';
import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DispatcherConfig } from '../config.ts';
import type { WebhookAttempt } from '../metrics.ts';
import type { DeliverySlots } from './delivery-slots.ts';
import { send } from './send.ts';

export interface DeliverParts {
  readonly deliveries: Deliveries;
  readonly secrets: WebhookSecrets;
  readonly apiKeys: Pick<ApiKeys, 'find'>;
  readonly slots: Pick<DeliverySlots, 'tryStart'>;
  /** An owner's attempts at once, unless the key says otherwise. */
  readonly perOwner: number;
  readonly guard: GuardSettings;
  /** Ms before each attempt; as many attempts as entries. */
  readonly scheduleMs: readonly number[];
  readonly log: Logger;
  /** Called after every attempt, for figures. */
  readonly onAttempt?: (attempt: WebhookAttempt) => void;
}

/** How long a delivery without a slot is put off: at first, and at most. */
const firstPutOffMs = 250;
const lastPutOffMs = 20_000;

/** Doubles each time, so that ten thousand that wait for one receiver do not keep the queue busy. */
function putOffMs({ attemptsStarted, attemptsMade }: Pick<Job, 'attemptsStarted' | 'attemptsMade'>): number {
  const putOffs = Math.max(0, attemptsStarted - attemptsMade - 1);
  const longest = Math.min(lastPutOffMs, firstPutOffMs * 2 ** Math.min(putOffs, 20));
  return Math.round(longest * (0.5 + Math.random() / 2));
}

/** Longer than any attempt takes, not counting its own time limit. */
const lockMs = 60_000;
/** After a failure on our side, such as losing Redis halfway. */
const ownFaultMs = 5_000;

/**
 * The worker of the webhook queue. It starts when `run()` is called.
 * @param connection stays open when the worker is closed
 */
export function createWebhookWorker(
  { redis, webhooks, webhookRules: rules, shares }: DispatcherConfig,
  connection: Redis,
  given: Omit<DeliverParts, 'guard' | 'scheduleMs' | 'perOwner'>,
  resolve: Resolve | undefined,
): Worker {
  const { timeoutMs, scheduleMs, concurrency } = webhooks;
  const guard = { rules, timeoutMs, ...(resolve === undefined ? {} : { resolve }) };
  const parts = { ...given, guard, scheduleMs, perOwner: shares.deliveries };
  const process = async (job: Job<unknown>, token: string | undefined): Promise<void> => {
    if (await deliver(job, parts)) return;
    await job.moveToDelayed(Date.now() + putOffMs(job), token);
    throw new DelayedError();
  };
  const worker = new Worker(webhookQueueName, process, {
    autorun: false,
    prefix: redis.prefix,
    connection,
    concurrency,
    lockDuration: lockMs + timeoutMs,
    // A dispatcher's death is not the receiver's fault.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: 1_000,
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof AttemptFailed ? error.delayMs : ownFaultMs),
    },
  });
  // While Redis is down, each attempt is an error; the watch of connections logs that once.
  worker.on('error', (error) => given.log.debug({ err: error }, 'webhook queue error'));
  return worker;
}

/** An attempt failed, and another follows after `delayMs`. */
export class AttemptFailed extends Error {
  readonly delayMs: number;

  constructor(delayMs: number) {
    super('The attempt failed.');
    this.name = 'AttemptFailed';
    this.delayMs = delayMs;
  }
}

/** Up to this fraction of the wait is added, so that receivers that failed together are not called together. */
const jitter = 0.1;
const gone = 410;

/**
 * One attempt at one delivery. Resolves to false if there is no slot for it now. Throws `AttemptFailed` if another
 * follows, `UnrecoverableError` if it was the last.
 */
export async function deliver(job: Pick<Job<unknown>, 'data' | 'attemptsMade'>, parts: DeliverParts): Promise<boolean> {
  const { delivery: id } = deliveryJobSchema.parse(job.data);
  const delivery = await parts.deliveries.find(id);
  // It is no longer kept, or was sent by an attempt whose process died before it could tell the queue.
  if (delivery?.status !== 'pending') return true;
  const key = delivery.key_id === null ? undefined : await parts.apiKeys.find(delivery.key_id);
  if (key !== undefined && key.revoked_at !== null) {
    await parts.deliveries.record(id, revokedAttempt(), 'failed');
    return true;
  }
  const perOwner = key?.shares.deliveries ?? parts.perOwner;
  const release = parts.slots.tryStart({ owner: delivery.owner, url: delivery.url, perOwner });
  if (release === undefined) return false;
  const attempt = await post(delivery, parts).finally(release);
  await settle(delivery, attempt, job.attemptsMade, parts);
  return true;
}

/** Records an attempt. Throws as `deliver` does. */
async function settle(delivery: Delivery, attempt: Attempt, attemptsMade: number, parts: DeliverParts): Promise<void> {
  const { id } = delivery;
  const isTaken = attempt.error === null;
  const waitMs = isTaken || attempt.status_code === gone ? undefined : parts.scheduleMs[attemptsMade + 1];
  const log = parts.log.child({ delivery: id, subject: delivery.subject, attempt: attemptsMade + 1 });
  const createdAtMs = Date.parse(delivery.created_at);
  const facts = { status: attempt.status_code, error: attempt.error, ms: attempt.duration_ms };
  if (waitMs !== undefined) {
    const delayMs = Math.round(waitMs * (1 + jitter * Math.random()));
    await parts.deliveries.record(id, attempt, { nextAt: new Date(Date.now() + delayMs) });
    log.info(facts, 'webhook attempt failed; another one follows');
    parts.onAttempt?.({ outcome: 'retried', attempt, createdAtMs });
    throw new AttemptFailed(delayMs);
  }
  const outcome = isTaken ? 'delivered' : 'failed';
  await parts.deliveries.record(id, attempt, outcome);
  log[isTaken ? 'info' : 'warn'](facts, `webhook ${outcome}`);
  parts.onAttempt?.({ outcome, attempt, createdAtMs });
  if (!isTaken) throw new UnrecoverableError('The receiver did not accept it.');
}

async function post(delivery: Delivery, { secrets, guard }: DeliverParts): Promise<Attempt> {
  const active = await secrets.active(delivery.owner);
  const signatures = active.map(({ secret }) => secret);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'm2fp-parsing-webhooks/1',
    ...signedHeaders(delivery.id, new Date(), delivery.payload, signatures),
  };
  return send({ url: delivery.url, headers, body: delivery.payload }, guard);
}
