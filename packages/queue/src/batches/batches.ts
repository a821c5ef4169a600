/**
 * What Redis stores for a batch, and the batch's steps. Each step is one script, so that it happens completely or not
 * at all, and only once however often it is tried: a dispatcher may die anywhere, and two may work on the same batch.
 *
 * queued → listing → processing → finished ↘        ↘       (canceling →) canceled, failed
 *
 * Photos have indexes, in the order of their keys. Those below `next` were added to the parse queue; of these, the ones
 * in flight have no outcome yet.
 */
import {
  batchStatuses,
  bounds,
  finalBatchStatuses,
  type AppError,
  type BatchJob,
  type BatchStatus,
  type RedisKeys,
} from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { enterLedger, type Ledger } from '../retention/ledger.ts';
import { batchErrorSchema, batchSpecSchema, type BatchSpec } from './batch-spec.ts';
import { OpenBatches } from './open-batches.ts';
import { runScript } from '../run-script.ts';
import { addInTurn } from '../turns/turns.ts';
import * as scripts from './scripts.ts';

export interface NewBatch {
  readonly id: string;
  readonly spec: BatchSpec;
  /** Undefined if they are to be listed. */
  readonly keys: readonly string[] | undefined;
}

const count = z.coerce.number().int().nonnegative().default(0);
const optionalText = z
  .string()
  .transform((text) => text || undefined)
  .optional();

const batchRecordSchema = z
  .object({
    spec: z.string(),
    status: z.enum(batchStatuses),
    total: count,
    next: count,
    succeeded: count,
    failed: count,
    canceled: count,
    /** Of the photos' keys: they stay until the batch ends. */
    keyBytes: count,
    isListed: z
      .string()
      .optional()
      .transform((flag) => flag === '1'),
    isCancelRequested: z
      .string()
      .optional()
      .transform((flag) => flag === '1'),
    cursor: optionalText,
    finishedAt: optionalText,
    manifestKey: optionalText,
    annotationsKey: optionalText,
    error: z
      .string()
      .transform((text) => batchErrorSchema.parse(JSON.parse(text)))
      .optional(),
  })
  .transform((record) => ({ ...record, spec: batchSpecSchema.parse(JSON.parse(record.spec)) }));
export type BatchRecord = z.output<typeof batchRecordSchema> & { readonly id: string };

export interface BatchPage {
  /** Newest first. */
  readonly batches: readonly BatchRecord[];
  readonly cursor: string | undefined;
}

const keysPerCommand = 1_000;
/** A batch's record besides its content: its fields, its keys and its places in lists. */
const overheadBytes = 800;
const batchesPerRead = 100;

export class Batches {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #queue: Queue;
  readonly #retentionS: number;
  readonly #open: OpenBatches;

  constructor(redis: Redis, keys: RedisKeys, queue: Queue, { retentionS }: { retentionS: number }) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queue = queue;
    this.#retentionS = retentionS;
    this.#open = new OpenBatches(redis, keys);
  }

  /**
   * Stores the batch and queues it, unless that would exceed one of its owner's limits: then returns which. Once it
   * exists, another call with its id leaves it unchanged.
   */
  async create({ id, spec, keys }: NewBatch): Promise<'batches' | 'photos' | undefined> {
    const batch = { id, photos: weightOf(keys?.length ?? 0, bytesOf(keys ?? [])) };
    const readOpenPhotos = async (other: string): Promise<number | undefined> => openPhotos(await this.find(other));
    const reached = spec.limits && (await this.#open.add(spec.owner, batch, spec.limits, readOpenPhotos));
    if (reached !== undefined) return reached;
    if ((await this.#redis.exists(this.#keys.batch(id))) === 0) await this.#write(id, spec, keys);
    const data: BatchJob = { v: 1, batch: id };
    const job = {
      id,
      owner: spec.owner,
      turn: 'run',
      data,
      options: { removeOnComplete: true, removeOnFail: true },
    } as const;
    await addInTurn(job, { queue: this.#queue, redis: this.#redis, keys: this.#keys });
    return undefined;
  }

  /**
   * Counts a batch's photos that have no outcome anew, when it is listed and now and then while it runs.
   * @param listed keys of photos that are about to be added
   * @returns whether its owner may have them
   */
  async recount(batch: BatchRecord, listed: readonly string[] = []): Promise<boolean> {
    const { limits, owner } = batch.spec;
    if (limits === undefined) return true;
    const photos = openPhotos(batch, listed) ?? 0;
    return (await this.#open.grow(owner, { id: batch.id, photos }, limits)) === undefined;
  }

  async #write(id: string, spec: BatchSpec, keys: readonly string[] | undefined): Promise<void> {
    const inputs = this.#keys.batchInputs(id);
    const writes = this.#redis.multi().del(inputs);
    for (let start = 0; start < (keys?.length ?? 0); start += keysPerCommand) {
      writes.rpush(inputs, ...(keys?.slice(start, start + keysPerCommand) ?? []));
    }
    writes.expire(inputs, this.#retentionS);
    const listed = keys === undefined ? {} : { isListed: '1', total: keys.length, keyBytes: bytesOf(keys) };
    writes.hset(this.#keys.batch(id), { spec: JSON.stringify(spec), status: 'queued', ...listed });
    writes.expire(this.#keys.batch(id), this.#retentionS);
    const index = this.#keys.batches(spec.owner);
    writes.zadd(index, Date.parse(spec.createdAt), id).zremrangebyrank(index, 0, -1 - bounds.listedBatches.max);
    writes.expire(index, this.#retentionS);
    throwFirst(await writes.exec());
  }

  async find(id: string): Promise<BatchRecord | undefined> {
    const fields = await this.#redis.hgetall(this.#keys.batch(id));
    return Object.keys(fields).length === 0 ? undefined : { id, ...batchRecordSchema.parse(fields) };
  }

  /** Ids of the batches that an API key made and that have not ended. */
  async openOf(keyId: string): Promise<string[]> {
    const ids = await this.#queue.getRanges(['active', 'wait', 'prioritized', 'delayed'], 0, -1);
    const found: string[] = [];
    for (let start = 0; start < ids.length; start += batchesPerRead) {
      const batches = await Promise.all(ids.slice(start, start + batchesPerRead).map((id) => this.find(id)));
      found.push(...batches.flatMap((batch) => (batch?.spec.keyId === keyId ? [batch.id] : [])));
    }
    return found;
  }

  async list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage> {
    const index = this.#keys.batches(owner);
    const rank = cursor === undefined ? -1 : await this.#redis.zrevrank(index, cursor);
    if (rank === null) return { batches: [], cursor: undefined };
    const ids = await this.#redis.zrevrange(index, rank + 1, rank + 1 + limit);
    const found = await Promise.all(ids.slice(0, limit).map((id) => this.find(id)));
    return {
      batches: found.filter((batch) => batch !== undefined),
      cursor: ids.length > limit ? ids[limit - 1] : undefined,
    };
  }

  /** Safe to repeat; without effect on a batch that is final. */
  async requestCancel(id: string): Promise<void> {
    await this.#redis.eval(scripts.requestCancel, 1, this.#keys.batch(id), ...finalBatchStatuses);
    await this.#redis.publish(this.#keys.batchChannel, id);
  }

  /** Keys of photos from an index on; fewer at the end of the list. */
  inputs(id: string, start: number, limit: number): Promise<string[]> {
    return this.#redis.lrange(this.#keys.batchInputs(id), start, start + limit - 1);
  }

  /** Indexes of photos that are on the queue. */
  async inFlight(id: string): Promise<number[]> {
    return (await this.#redis.smembers(this.#keys.batchInFlight(id))).map(Number);
  }

  /** Outcomes of photos from an index on, as they were given to `settle`; null if there is none yet. */
  outcomes(id: string, start: number, limit: number): Promise<(Buffer | null)[]> {
    const indexes = Array.from({ length: limit }, (_, place) => String(start + place));
    return this.#redis.hmgetBuffer(this.#keys.batchOutcomes(id), ...indexes);
  }

  /** Adds a listed page, unless another dispatcher already did. Without a next cursor it is the last page. */
  async addListed(id: string, after: string | undefined, keys: readonly string[], next: string | undefined) {
    const redisKeys = [this.#keys.batch(id), this.#keys.batchInputs(id)];
    await this.#redis.eval(scripts.addListed, 2, ...redisKeys, after ?? '', next ?? '', bytesOf(keys), ...keys);
  }

  /**
   * Claims the next photos, so that at most `window` are in flight, which an owner's open batches share; returns the
   * first index and how many.
   */
  async claim(
    { id, spec }: Pick<BatchRecord, 'id' | 'spec'>,
    window: number,
  ): Promise<{ start: number; size: number }> {
    const redisKeys = [this.#keys.batch(id), this.#keys.batchInFlight(id), this.#keys.openBatches(spec.owner)];
    const [start = 0, size = 0] = (await this.#redis.eval(scripts.claim, 3, ...redisKeys, window)) as number[];
    return { start, size };
  }

  /** Records a photo's outcome; the first one counts. */
  async settle(id: string, index: number, status: 'succeeded' | 'failed' | 'canceled', outcome: Buffer): Promise<void> {
    const redisKeys = [this.#keys.batch(id), this.#keys.batchInFlight(id), this.#keys.batchOutcomes(id)];
    await runScript(this.#redis, scripts.settle, redisKeys, [index, status, outcome]);
  }

  /** Counts every photo that was not claimed as canceled. */
  async dropRest(id: string): Promise<void> {
    await this.#redis.eval(scripts.dropRest, 1, this.#keys.batch(id));
  }

  /** Ends the batch, unless it has already ended. */
  async finish(
    { id, spec }: Pick<BatchRecord, 'id' | 'spec'>,
    status: BatchStatus,
    end: { manifestKey?: string; annotationsKey?: string | undefined; error?: AppError },
  ): Promise<void> {
    const fields = {
      finishedAt: new Date().toISOString(),
      ...(end.manifestKey === undefined ? {} : { manifestKey: end.manifestKey }),
      ...(end.annotationsKey === undefined ? {} : { annotationsKey: end.annotationsKey }),
      ...(end.error === undefined
        ? {}
        : { error: JSON.stringify({ code: end.error.code, message: end.error.message }) }),
    };
    const finals = [...finalBatchStatuses];
    const args = [status, finals.length, ...finals, ...Object.entries(fields).flat()];
    const isNew = (await this.#redis.eval(scripts.finish, 1, this.#keys.batch(id), ...args)) === 1;
    await this.giveBack({ id, spec });
    if (isNew) await this.#enterLedger(id);
  }

  /**
   * What a batch that has ended held. `finish` gives it back, and so does the step that finds the batch final: whoever
   * ended it may have died in between, and a create that is sent again counts it again. Safe to repeat.
   */
  async giveBack({ id, spec }: Pick<BatchRecord, 'id' | 'spec'>): Promise<void> {
    // The manifest has the outcomes.
    await this.#redis.del(this.#keys.batchInputs(id), this.#keys.batchOutcomes(id), this.#keys.batchInFlight(id));
    await this.#open.remove(spec.owner, id);
    await this.keep(id);
  }

  /** Only so many that have ended are kept; open ones are limited when they are created. */
  async #enterLedger(id: string): Promise<void> {
    const batch = await this.find(id);
    if (batch === undefined) return;
    const { owner } = batch.spec;
    const ledger: Ledger = {
      keys: this.#keys.endedBatches(owner),
      bounds: { entries: bounds.endedBatches.max, bytes: bounds.endedBatchBytes.max },
      ttlS: this.#retentionS,
      targets: [{ prefix: this.#keys.batch('') }],
      sets: [this.#keys.batches(owner)],
    };
    await enterLedger(this.#redis, ledger, { id, bytes: JSON.stringify(batch).length + overheadBytes });
  }

  /** Restarts its retention period. */
  async keep(id: string): Promise<void> {
    const { batch, batchInputs, batchInFlight, batchOutcomes } = this.#keys;
    const writes = this.#redis.pipeline();
    for (const key of [batch, batchInputs, batchInFlight, batchOutcomes]) writes.expire(key(id), this.#retentionS);
    throwFirst(await writes.exec());
  }
}

function throwFirst(results: readonly (readonly [Error | null, unknown])[] | null): void {
  const failed = results?.find(([error]) => error !== null);
  if (failed?.[0]) throw failed[0];
}

/** Undefined for a batch that has ended or is no longer kept. @param listed about to be added */
function openPhotos(batch: BatchRecord | undefined, listed: readonly string[] = []): number | undefined {
  if (batch === undefined || finalBatchStatuses.has(batch.status)) return undefined;
  const { total, succeeded, failed, canceled, keyBytes } = batch;
  const photos = Math.max(0, total - succeeded - failed - canceled) + listed.length;
  return weightOf(photos, keyBytes + bytesOf(listed));
}

/** As how many photos they count: a million long keys take as much of Redis as ten million short ones. */
function weightOf(photos: number, keyBytes: number): number {
  return Math.max(photos, Math.ceil(keyBytes / bounds.waitingKeyBytes.max));
}

function bytesOf(keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Buffer.byteLength(key), 0);
}
