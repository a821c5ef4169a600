/**
 * What stays of a job that has ended: its record in a few hundred bytes instead of several thousand, and not more of
 * them than their owner may have.
 *
 * Whoever ends a job (a worker, a cancel) packs it: BullMQ's hash becomes a smaller one under the same key, which
 * BullMQ's own scripts, for removal by age for instance, treat as before. Once nothing needs the record any more, the
 * job enters its owner's ledger, which removes the oldest: at once, or, if a webhook or a batch has to hear of it
 * first, when the dispatcher has told them.
 *
 * Nothing depends on it. A job whose process died too early stays as BullMQ left it until a dispatcher notices.
 */
import { isFinal, jobErrorSchema, modelOfQueue, ownerShares, type JobRecord, type RedisKeys } from '@m2fp/contract';
import type { Job, KeepJobs, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { runScript } from '../run-script.ts';
import { KeyShares, type RetainedShares } from './key-shares.ts';
import { ledgerArguments, ledgerLua, type Ledger } from './ledger.ts';
import { packJob, packedMark, readResult, releasedMark } from './packed-job.ts';

export interface EndedJobsParts {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly queue: Pick<Queue, 'name' | 'toKey'>;
  readonly retentionS: number;
  /** Of all owners together: so many that succeeded, and so many that did not. */
  readonly retentionCount: number;
  /** What each owner may keep, unless an API key says otherwise. */
  readonly shares: RetainedShares;
}

/** If no process says otherwise. */
export const defaultRetained: RetainedShares = {
  retained_jobs: ownerShares.retained_jobs.default,
  retained_bytes: ownerShares.retained_bytes.default,
};

/** A job besides its record: three entries of sorted sets and lists, and the keys. */
const overheadBytes = 400;
/** For a worker that was cut off while it ran the job: it reads the flag as soon as it is back. */
const flagAfterEndS = 3_600;

/**
 * KEYS: the job's hash, and what its owner's ledger needs, if there is one. ARGV: id, when it ended, bytes to count,
 * `keep` or `release`, the number of fields and values, fields and values …, and the ledger's.
 */
const settleEnded = `
if redis.call('HGET', KEYS[1], 'finishedOn') ~= ARGV[2] then return 0 end
local k, a = 2, 6 + ARGV[5]
if redis.call('HEXISTS', KEYS[1], '${packedMark}') == 0 then
  local failed = redis.call('HGET', KEYS[1], 'atm')
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(ARGV, 6, a - 1))
  if failed then redis.call('HSET', KEYS[1], 'atm', failed) end
end
${ledgerLua}
if ARGV[4] == 'keep' or redis.call('HSETNX', KEYS[1], '${releasedMark}', '1') == 0 then return 1 end
if KEYS[k] then enter(ARGV[1], ARGV[3]) end
return 1
`;

const ownedSchema = z.object({
  owner: z.string().optional(),
  keyId: z.string().optional(),
  batch: z.unknown().optional(),
  webhook: z.unknown().optional(),
});
type Owned = z.infer<typeof ownedSchema>;

export class EndedJobs {
  readonly #parts: EndedJobsParts;
  readonly #shares: KeyShares;

  constructor(parts: EndedJobsParts) {
    this.#parts = parts;
    this.#shares = new KeyShares(parts);
  }

  /** In BullMQ's terms: how long it keeps a job that has ended. */
  get keep(): KeepJobs {
    const { retentionS: age, retentionCount: count } = this.#parts;
    return { age, count };
  }

  /** For whoever ended the job. Safe to repeat; has no effect on one that has not ended. Throws what Redis throws. */
  async ended(record: JobRecord): Promise<void> {
    const data = ownedSchema.safeParse(record.data).data ?? {};
    const isAwaited = data.batch !== undefined || data.webhook !== undefined;
    await this.#settle(record, data, isAwaited ? 'keep' : 'release');
  }

  /** For whoever told all that had to hear of the job's end: from now on it may be removed. Safe to repeat. */
  async release(record: JobRecord): Promise<void> {
    await this.#settle(record, ownedSchema.safeParse(record.data).data ?? {}, 'release');
  }

  async #settle(record: JobRecord, { owner, keyId, batch }: Owned, step: 'keep' | 'release'): Promise<void> {
    if (!isFinal(record) || record.finishedAtMs === undefined) return;
    const { redis, keys: redisKeys, queue } = this.#parts;
    const isCanceled = isCanceledFailure(record.failure);
    const { fields, bytes } = packJob(record, { isCanceled });
    // Alone on their machine, people keep what they like: the queue's own bounds apply.
    const isBounded = step === 'release' && owner !== undefined;
    const ledger = isBounded ? ledgerArguments(await this.#ledger(owner, keyId)) : { keys: [], args: [] };
    const job = [record.id, record.finishedAtMs, bytes + overheadBytes, step, fields.length, ...fields];
    const keys = [queue.toKey(record.id), ...ledger.keys];
    await Promise.all([
      runScript(redis, settleEnded, keys, [...job, ...ledger.args]),
      isCanceled && this.#forgetCancel(record),
      // It makes room for another; what is missed here is found once there is none.
      owner !== undefined && batch === undefined && redis.zrem(redisKeys.runningJobs(owner), record.id),
    ]);
  }

  async #ledger(owner: string, keyId: string | undefined): Promise<Ledger> {
    const { keys, queue, retentionS } = this.#parts;
    const { retained_jobs: entries, retained_bytes: bytes } = await this.#shares.of(keyId);
    return {
      keys: keys.endedJobs(queue.name, owner),
      bounds: { entries, bytes },
      ttlS: retentionS,
      targets: [{ prefix: queue.toKey('') }],
      sets: [queue.toKey('completed'), queue.toKey('failed')],
    };
  }

  /** Nobody starts a job that has ended; and only one that had been started may still run somewhere. */
  async #forgetCancel({ id, attempts }: JobRecord): Promise<void> {
    const { redis, keys } = this.#parts;
    if (attempts === 0) await redis.del(keys.cancelFlag(id));
    else await redis.expire(keys.cancelFlag(id), flagAfterEndS);
  }
}

/** KEYS: jobs' hashes. Returns the places of those that are not both packed and released. */
const findUnsettled = `
local places = {}
for i, key in ipairs(KEYS) do
  local marks = redis.call('HMGET', key, '${packedMark}', '${releasedMark}')
  if not (marks[1] and marks[2]) then places[#places + 1] = i end
end
return places
`;

/** Which of these jobs that have ended are left to be settled. Give it hundreds, not thousands. */
export async function unsettledOf(
  queue: Pick<Queue, 'toKey'>,
  redis: Redis,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const keys = ids.map((id) => queue.toKey(id));
  const places = (await runScript(redis, findUnsettled, keys, [])) as number[];
  return places.flatMap((place) => ids[place - 1] ?? []);
}

/** The record of a job that this process has just ended. */
export function recordOfEnded(job: Job<unknown>, state: 'succeeded' | 'failed'): JobRecord {
  return {
    id: job.id ?? '',
    model: modelOfQueue(job.queueName),
    state,
    data: job.data,
    progress: undefined,
    attempts: job.attemptsStarted,
    startedAtMs: job.processedOn,
    finishedAtMs: job.finishedOn,
    result: state === 'succeeded' ? readResult(job.returnvalue) : undefined,
    failure: state === 'failed' ? job.failedReason : undefined,
  };
}

function isCanceledFailure(failure: string | undefined): boolean {
  if (failure === undefined) return false;
  try {
    return jobErrorSchema.parse(JSON.parse(failure)).code === 'canceled';
  } catch {
    return false;
  }
}
