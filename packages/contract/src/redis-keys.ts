import { createHash } from 'node:crypto';
import { defaultQueuePrefix } from './queue.ts';

/**
 * Every Redis key and channel of our own, beside BullMQ's. All begin with `PREFIX:x:`; no queue is called `x`.
 * `owner` is an API key's id, or `anonymousOwner`.
 */
export function redisKeys(prefix: string = defaultQueuePrefix) {
  const own = (...parts: readonly string[]): string => [prefix, 'x', ...parts].join(':');
  return {
    /** String, expires: the job is to be canceled. Set before the channel is told. */
    cancelFlag: (jobId: string) => own('cancel', jobId),
    /** Channel: ids of jobs whose flag was set. */
    cancelChannel: own('cancel'),

    /** String, JSON: what a create with this key does or has done. The client's key may be any text: its hash stands in. */
    idempotency: (owner: string, key: string) => own('idempotency', owner, sha256(key)),
    /** Sorted set: an owner's job ids by time of creation, ms. Outlasts the jobs, so that they are known as expired. */
    jobs: (owner: string) => own('jobs', owner),

    /** Hash: API key id → its record. */
    apiKeys: own('api-keys'),
    rateLimit: (owner: string) => own('rate-limit', owner),
    runningJobs: (owner: string) => own('running-jobs', owner),

    /** Sorted set: ids of a parse queue's jobs that will have a webhook to send, by time of creation, ms. */
    webhookJobs: (queue: string) => own('webhook-jobs', queue),
    /** Hash: one delivery. Its attempts are a list beside it. */
    delivery: (id: string) => own('delivery', id),
    deliveryAttempts: (id: string) => own('delivery', id, 'attempts'),
    /** Sorted sets: delivery ids by time of creation, ms. */
    deliveriesOf: (subject: string) => own('deliveries-of', subject),
    deliveries: (owner: string) => own('deliveries', owner),
    /** Hash: secret's id → JSON. */
    webhookSecrets: (owner: string) => own('webhook-secrets', owner),

    /** Hash: what a batch is to do, and how far it is. */
    batch: (id: string) => own('batch', id),
    /** List: the photos, in order. */
    batchInputs: (id: string) => own('batch', id, 'inputs'),
    /** Set: indexes of photos whose jobs are on the queue. */
    batchInFlight: (id: string) => own('batch', id, 'in-flight'),
    /** Hash: index → what became of the photo, JSON. */
    batchOutcomes: (id: string) => own('batch', id, 'outcomes'),
    /** Sorted set: an owner's batch ids by time of creation, ms. */
    batches: (owner: string) => own('batches', owner),
    /** Channel: ids of batches to look at now. */
    batchChannel: own('batch'),
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;

/** Stands in an API key's place where none is configured. */
export const anonymousOwner = 'anonymous';

/** Seconds that a cancel is remembered: longer than any job takes to be taken up and to notice. */
export const cancelFlagTtlS = 7 * 24 * 3600;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
