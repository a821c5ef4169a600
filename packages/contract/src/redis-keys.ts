import { createHash } from 'node:crypto';
import { defaultQueuePrefix } from './queue.ts';

/**
 * All Redis keys and channels of our own, besides BullMQ's. They begin with `PREFIX:x:`; no queue is called `x`.
 * `owner` is whom an API key belongs to, or `anonymousOwner`.
 */
export function redisKeys(prefix: string = defaultQueuePrefix) {
  const keyOf = (...parts: readonly string[]): string => [prefix, 'x', ...parts].join(':');
  /** List and sum: what is kept of one kind for an owner, bounded by number and bytes. */
  const ledger = (kind: string, owner: string) => ({
    list: keyOf('kept', kind, owner),
    bytes: keyOf('kept', kind, owner, 'bytes'),
  });
  return {
    /** String, expires: the job is to be canceled, and why (`CancelReason`). Set before the channel is notified. */
    cancelFlag: (jobId: string) => keyOf('cancel', jobId),
    /** Channel: ids of jobs whose flag was set, or which somebody begins to follow. */
    cancelChannel: keyOf('cancel'),
    /** String, expires: somebody follows the job, whose worker then tells of each step; on the same channel. */
    watched: (jobId: string) => keyOf('watched', jobId),

    /**
     * String, packed JSON: what a create with this key does or did. Hashed, because the client's key may be any text.
     */
    idempotency: (owner: string, key: string) => keyOf('idempotency', owner, sha256(key)),
    /** The same in two parts. */
    idempotencyParts: (owner: string, key: string) => {
      return { prefix: keyOf('idempotency', owner, ''), hash: sha256(key) };
    },
    idempotencyLedger: (owner: string) => ledger('idempotency', owner),
    /**
     * Sorted set: an owner's job ids by creation time, ms. Outlasts the jobs, to distinguish expired jobs from unknown
     * ones. At most `bounds.jobHistory`.
     */
    jobs: (owner: string) => keyOf('jobs', owner),
    /** A queue's ended jobs that nothing waits for; bounded by the owner's shares of retained jobs and bytes. */
    endedJobs: (queue: string, owner: string) => ledger(`jobs-${queue}`, owner),
    /** Sorted set: `JOB KEY` of photos that came with a request and have no job yet, by when to give them up. */
    pendingUploads: keyOf('pending-uploads'),
    /** String, expires: which dispatcher removes old objects now. Hash: how far it got. */
    sweepLock: keyOf('sweep', 'lock'),
    sweepState: keyOf('sweep'),

    /** Hash: a model's name → its card, JSON; empty as long as none of its workers has told it. */
    models: keyOf('models'),
    /** Sorted set: names of models by when a process last said that it serves or takes them, ms. */
    modelsSeen: keyOf('models', 'seen'),

    /** String, expires: written to find out whether Redis takes writes. */
    probe: keyOf('probe'),

    /** Hash: API key id → its record. */
    apiKeys: keyOf('api-keys'),
    /** Hash: API key id → when it was last used, ISO 8601. */
    apiKeyUses: keyOf('api-key-uses'),
    /** Stream: what was done with API keys, by whom. */
    apiKeyAudit: keyOf('api-key-audit'),
    /** Channel: ids of API keys that were revoked or changed. */
    apiKeyChannel: keyOf('api-keys'),
    /** Set: ids of revoked API keys of which nothing is left to end. */
    sweptApiKeys: keyOf('swept-api-keys'),
    /** String, expires: when all of an owner's requests per minute are there again, µs. */
    rateLimit: (owner: string) => keyOf('rate-limit', owner),
    /** Sorted set: an owner's unfinished jobs, without those of batches, by when they were added, ms. */
    runningJobs: (owner: string) => keyOf('running-jobs', owner),
    /** Hash: an owner's open batches → "photos without an outcome, time added in ms". */
    openBatches: (owner: string) => keyOf('open-batches', owner),

    /** Hash: flows of a queue → their next round; owners → the last round that a job of theirs joined. */
    turns: (queue: string) => keyOf('turns', queue),
    /** Sorted set, by name: rounds that canceled jobs left free. */
    freedTurns: (queue: string) => keyOf('freed-turns', queue),

    /** Sorted set: ids of a parse queue's jobs that will have a webhook to send, by creation time, ms. */
    webhookJobs: (queue: string) => keyOf('webhook-jobs', queue),
    /** Hash: one delivery. Its attempts are in a separate list. */
    delivery: (id: string) => keyOf('delivery', id),
    deliveryAttempts: (id: string) => keyOf('delivery', id, 'attempts'),
    /** Sorted set: an owner's delivery ids by creation time, ms. */
    deliveries: (owner: string) => keyOf('deliveries', owner),
    deliveryLedger: (owner: string) => ledger('deliveries', owner),
    /** Hash: secret id → JSON. */
    webhookSecrets: (owner: string) => keyOf('webhook-secrets', owner),

    /** Hash: what a batch has to do, and its progress. */
    batch: (id: string) => keyOf('batch', id),
    /** List: the photos, in order. */
    batchInputs: (id: string) => keyOf('batch', id, 'inputs'),
    /** Set: indexes of photos whose jobs are on the queue. */
    batchInFlight: (id: string) => keyOf('batch', id, 'in-flight'),
    /** Hash: index → the photo's outcome, packed JSON. */
    batchOutcomes: (id: string) => keyOf('batch', id, 'outcomes'),
    /** Sorted set: an owner's batch ids by creation time, ms. */
    batches: (owner: string) => keyOf('batches', owner),
    /** Batches that have ended. */
    endedBatches: (owner: string) => ledger('batches', owner),
    /** Channel: ids of batches that need attention now. */
    batchChannel: keyOf('batch'),
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;

/** The owner while no API key is configured. */
export const anonymousOwner = 'anonymous';

/** Seconds for which a job counts as watched; whoever follows it for longer says so again. */
export const watchedTtlS = 30;

/** Seconds for which a cancel is remembered: longer than any job takes to start and notice it. */
export const cancelFlagTtlS = 7 * 24 * 3600;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
