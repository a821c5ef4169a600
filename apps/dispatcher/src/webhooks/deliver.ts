/** Sends what is on the webhook queue, attempt by attempt. */
import { deliveryJobSchema, webhookQueueName } from '@m2fp/contract';
import { signedHeaders, type Attempt, type Deliveries, type Delivery, type WebhookSecrets } from '@m2fp/queue/webhooks';
import type { Logger } from '@m2fp/service/logger';
import { redisOptions } from '@m2fp/service/redis';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import type { DispatcherConfig } from '../config.ts';
import type { WebhookOutcome } from '../metrics.ts';
import type { GuardSettings, Resolve } from './guarded-agent.ts';
import { send } from './send.ts';

export interface DeliverParts {
  readonly deliveries: Deliveries;
  readonly secrets: WebhookSecrets;
  readonly guard: GuardSettings;
  /** Ms before each attempt; as many attempts as entries. */
  readonly scheduleMs: readonly number[];
  readonly log: Logger;
  /** Called after every attempt, for figures. */
  readonly onAttempt?: (outcome: WebhookOutcome) => void;
}

/** Longer than any attempt takes, not counting its own time limit. */
const lockMs = 60_000;
/** After a failure on our side, such as losing Redis halfway. */
const ownFaultMs = 5_000;

/** The worker of the webhook queue. It starts when `run()` is called. */
export function createWebhookWorker(
  { redis, webhooks, webhookRules: rules }: DispatcherConfig,
  given: Omit<DeliverParts, 'guard' | 'scheduleMs'>,
  resolve: Resolve | undefined,
): Worker {
  const { timeoutMs, scheduleMs, concurrency } = webhooks;
  const guard = { rules, timeoutMs, ...(resolve === undefined ? {} : { resolve }) };
  const worker = new Worker(webhookQueueName, (job) => deliver(job, { ...given, guard, scheduleMs }), {
    autorun: false,
    prefix: redis.prefix,
    connection: redisOptions(redis.url, { whileDown: 'wait' }),
    concurrency,
    lockDuration: lockMs + timeoutMs,
    // A dispatcher's death is not the receiver's fault.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: 1_000,
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof AttemptFailed ? error.delayMs : ownFaultMs),
    },
  });
  // While Redis is down, each attempt is an error; the main connection logs that once.
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

/** One attempt at one delivery. Throws `AttemptFailed` if another follows, `UnrecoverableError` if it was the last. */
export async function deliver(job: Pick<Job<unknown>, 'data' | 'attemptsMade'>, parts: DeliverParts): Promise<void> {
  const { delivery: id } = deliveryJobSchema.parse(job.data);
  const delivery = await parts.deliveries.find(id);
  // It is no longer kept, or was sent by an attempt whose process died before it could tell the queue.
  if (delivery?.status !== 'pending') return;
  const attempt = await post(delivery, parts);
  const isTaken = attempt.error === null;
  const waitMs = isTaken || attempt.status_code === gone ? undefined : parts.scheduleMs[job.attemptsMade + 1];
  const log = parts.log.child({ delivery: id, subject: delivery.subject, attempt: job.attemptsMade + 1 });
  const facts = { status: attempt.status_code, error: attempt.error, ms: attempt.duration_ms };
  if (waitMs !== undefined) {
    const delayMs = Math.round(waitMs * (1 + jitter * Math.random()));
    await parts.deliveries.record(id, attempt, { nextAt: new Date(Date.now() + delayMs) });
    log.info(facts, 'webhook attempt failed; another one follows');
    parts.onAttempt?.('retried');
    throw new AttemptFailed(delayMs);
  }
  const outcome = isTaken ? 'delivered' : 'failed';
  await parts.deliveries.record(id, attempt, outcome);
  log[isTaken ? 'info' : 'warn'](facts, `webhook ${outcome}`);
  parts.onAttempt?.(outcome);
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
