/**
 * The record of each delivery. It is created once, by the first process that notices the event; its status is `pending`
 * until a receiver accepts it or there are no more attempts. The webhook queue holds only pending deliveries.
 */
import {
  bounds,
  deliveryId,
  deliveryStatuses,
  webhookEvents,
  type DeliveryJob,
  type RedisKeys,
  type WebhookEvent,
} from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { compactText, expandText } from '../retention/compact.ts';
import { enterLedger, type Ledger } from '../retention/ledger.ts';
import { addInTurn, giveTurns, type TurnParts } from '../turns/turns.ts';
import * as scripts from './scripts.ts';

export interface NewDelivery {
  readonly owner: string;
  /** Of the API key in whose name it is sent. */
  readonly keyId?: string | undefined;
  /** Id of the job or batch that it reports on. */
  readonly subject: string;
  readonly event: WebhookEvent;
  readonly url: string;
  /** `data` of the payload. */
  readonly data: object;
}

const attemptSchema = z.strictObject({
  at: z.iso.datetime(),
  duration_ms: z.number().nonnegative(),
  /** Null if there was no answer. */
  status_code: z.int().nullable(),
  /** Null if the receiver accepted it. */
  error: z.string().nullable(),
});
export type Attempt = z.infer<typeof attemptSchema>;

const deliverySchema = z.object({
  id: z.string(),
  owner: z.string(),
  key_id: z.string().default('').transform(emptyToNull),
  subject: z.string(),
  event: z.enum(webhookEvents),
  url: z.string(),
  /** The body, the same for every attempt. */
  payload: z.string().transform((kept) => (kept.startsWith('{') ? kept : JSON.stringify(expandText(kept)))),
  status: z.enum(deliveryStatuses),
  /** How often it was queued again on request. */
  round: z.coerce.number(),
  created_at: z.string(),
  finished_at: z.string().transform(emptyToNull),
  next_attempt_at: z.string().transform(emptyToNull),
});
export type Delivery = z.output<typeof deliverySchema> & { readonly attempts: readonly Attempt[] };

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  /** For the next page; undefined at the end. */
  readonly cursor: string | undefined;
}

interface Settings {
  /** Seconds for which a record is kept after its last change. */
  readonly retentionS: number;
}

/** A record besides its payload, and its places in lists. */
const overheadBytes = 1_000;
/** Of an owner's, when all are gone through. */
const pageSize = 500;
/** More than any schedule has. The sender knows the schedule and stops earlier. */
const maxAttempts = 1_000;

export class Deliveries {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #queue: Queue;
  readonly #retentionS: number;

  constructor(redis: Redis, keys: RedisKeys, queue: Queue, { retentionS }: Settings) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queue = queue;
    this.#retentionS = retentionS;
  }

  /** Creates the delivery and queues it. Once it exists, another call leaves it unchanged. Returns its id. */
  async announce({ owner, keyId, subject, event, url, data }: NewDelivery): Promise<string> {
    const id = deliveryId(subject, event);
    const now = new Date();
    const at = now.toISOString();
    const fields = {
      ...{ id, owner, key_id: keyId ?? '', subject, event, url },
      ...{ status: 'pending', round: 0, created_at: at, finished_at: '', next_attempt_at: at },
      payload: compactText({ type: event, timestamp: at, data }),
    };
    const keys = [this.#keys.delivery(id), this.#keys.deliveries(owner)];
    const settings = [id, now.getTime(), this.#retentionS, bounds.deliveries.max];
    const values = [...settings, ...Object.entries(fields).flat()];
    const created = await this.#redis.eval(scripts.createRecord, keys.length, ...keys, ...values);
    if (created === 1) await this.#enterLedger(owner, id, fields.payload.length + url.length);
    // Even if the record existed: the process that created it may have died before it was queued.
    const status = await this.#redis.hget(this.#keys.delivery(id), 'status');
    if (status === 'pending') await this.#enqueue(id, owner, 0);
    return id;
  }

  async #enterLedger(owner: string, id: string, bytes: number): Promise<void> {
    const ledger: Ledger = {
      keys: this.#keys.deliveryLedger(owner),
      bounds: { entries: bounds.deliveries.max, bytes: bounds.deliveryBytes.max },
      ttlS: this.#retentionS,
      targets: [{ prefix: this.#keys.delivery('') }, { prefix: this.#keys.delivery(''), suffix: ':attempts' }],
      sets: [this.#keys.deliveries(owner)],
    };
    await enterLedger(this.#redis, ledger, { id, bytes: bytes + overheadBytes });
  }

  async find(id: string): Promise<Delivery | undefined> {
    const [fields, attempts] = await Promise.all([
      this.#redis.hgetall(this.#keys.delivery(id)),
      this.#redis.lrange(this.#keys.deliveryAttempts(id), 0, -1),
    ]);
    if (Object.keys(fields).length === 0) return undefined;
    return {
      ...deliverySchema.parse(fields),
      attempts: attempts.map((text) => attemptSchema.parse(JSON.parse(text))),
    };
  }

  /** Newest first. */
  async list(
    by: { owner: string } | { subject: string },
    cursor: string | undefined,
    limit: number,
  ): Promise<DeliveryPage> {
    if ('subject' in by) return this.#ofSubject(by.subject, cursor, limit);
    const key = this.#keys.deliveries(by.owner);
    // By rank, not by time: several may be of the same millisecond.
    const rank = cursor === undefined ? -1 : await this.#redis.zrevrank(key, cursor);
    // The cursor's entry is no longer kept, and neither is anything older.
    if (rank === null) return { deliveries: [], cursor: undefined };
    const from = rank + 1;
    const ids = await this.#redis.zrevrange(key, from, from + limit);
    const found = await Promise.all(ids.slice(0, limit).map((id) => this.find(id)));
    return {
      deliveries: found.filter((delivery) => delivery !== undefined),
      cursor: ids.length > limit ? ids[limit - 1] : undefined,
    };
  }

  /** A subject has a delivery for each event at most, so that no index is needed. */
  async #ofSubject(subject: string, cursor: string | undefined, limit: number): Promise<DeliveryPage> {
    const all = await Promise.all(webhookEvents.map((event) => this.find(deliveryId(subject, event))));
    const found = all
      .filter((delivery) => delivery !== undefined)
      .sort((a, b) => b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id));
    const from = cursor === undefined ? 0 : found.findIndex(({ id }) => id === cursor) + 1;
    const deliveries = from === 0 && cursor !== undefined ? [] : found.slice(from, from + limit);
    return { deliveries, cursor: from + limit < found.length ? deliveries.at(-1)?.id : undefined };
  }

  /**
   * Sends it again, now, in the name of that API key. If it waits between two attempts, its next attempt is made now
   * instead of an extra one. False if it was sent again as often as `bounds` allows.
   */
  async redeliver(delivery: Delivery, keyId: string | undefined): Promise<boolean> {
    const key = this.#keys.delivery(delivery.id);
    if (delivery.status === 'pending') {
      const job = await this.#queue.getJob(jobId(delivery.id, delivery.round));
      if (job !== undefined) {
        // An attempt may be in progress at this moment; then there is nothing to do.
        if (await job.isDelayed()) await job.promote().catch(() => undefined);
        await giveTurns(this.#turnParts);
        return true;
      }
    }
    if (delivery.round >= bounds.redeliveries.max) return false;
    const round = await this.#redis.hincrby(key, 'round', 1);
    await this.#redis.hset(key, {
      ...{ status: 'pending', key_id: keyId ?? '', finished_at: '', next_attempt_at: new Date().toISOString() },
    });
    await this.#keep(delivery.id);
    await this.#enqueue(delivery.id, delivery.owner, round);
    return true;
  }

  /**
   * Records an attempt and its outcome: `nextAt` if another attempt follows. What has ended meanwhile stays as it is,
   * unless the receiver has accepted it.
   */
  async record(id: string, attempt: Attempt, outcome: 'delivered' | 'failed' | { nextAt: Date }): Promise<void> {
    const isFinal = typeof outcome === 'string';
    const fields = {
      status: isFinal ? outcome : 'pending',
      finished_at: isFinal ? new Date().toISOString() : '',
      next_attempt_at: isFinal ? '' : outcome.nextAt.toISOString(),
    };
    const keys = [this.#keys.delivery(id), this.#keys.deliveryAttempts(id)];
    const settings = [JSON.stringify(attempt), bounds.deliveryAttempts.max, this.#retentionS];
    await this.#redis.eval(scripts.recordAttempt, 2, ...keys, ...settings, ...Object.entries(fields).flat());
  }

  /** Ends an owner's pending deliveries in the name of an API key as failed. Returns how many; safe to repeat. */
  async endAllOf(keyId: string, owner: string): Promise<number> {
    const index = this.#keys.deliveries(owner);
    let ended = 0;
    for (let start = 0, size = pageSize; size === pageSize; start += pageSize) {
      const ids = await this.#redis.zrange(index, start, `${start + pageSize - 1}`);
      const pending = await this.#pendingOf(keyId, ids);
      await Promise.all(pending.map(({ id, round }) => this.#end(id, round)));
      ended += pending.length;
      size = ids.length;
    }
    return ended;
  }

  async #pendingOf(keyId: string, ids: readonly string[]): Promise<{ id: string; round: number }[]> {
    const reads = ids.map((id) => this.#redis.hmget(this.#keys.delivery(id), 'status', 'key_id', 'round'));
    return (await Promise.all(reads)).flatMap(([status, key, round], place) => {
      return status === 'pending' && key === keyId ? [{ id: ids[place] ?? '', round: Number(round) }] : [];
    });
  }

  async #end(id: string, round: number): Promise<void> {
    await this.record(id, revokedAttempt(), 'failed');
    // One that is being sent right now cannot be removed; nothing follows it.
    await this.#queue.remove(jobId(id, round)).catch(() => 0);
  }

  async #keep(id: string): Promise<void> {
    for (const key of [this.#keys.delivery(id), this.#keys.deliveryAttempts(id)]) {
      await this.#redis.expire(key, this.#retentionS);
    }
  }

  async #enqueue(id: string, owner: string, round: number): Promise<void> {
    const data: DeliveryJob = { v: 1, delivery: id };
    // The record outlives it.
    const kept = { removeOnComplete: true, removeOnFail: true, stackTraceLimit: 0 };
    const options = { attempts: maxAttempts, backoff: { type: 'custom' }, ...kept };
    await addInTurn({ id: jobId(id, round), owner, turn: 'delivery', data, options }, this.#turnParts);
  }

  get #turnParts(): TurnParts {
    return { queue: this.#queue, redis: this.#redis, keys: this.#keys };
  }
}

/** What stands in the place of attempts that are not made, because the API key is revoked. */
export function revokedAttempt(): Attempt {
  return { at: new Date().toISOString(), duration_ms: 0, status_code: null, error: 'key_revoked' };
}

function jobId(id: string, round: number): string {
  return `${id}-${round}`;
}

function emptyToNull(text: string): string | null {
  return text === '' ? null : text;
}
