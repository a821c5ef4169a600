/**
 * How much work waits for a model's workers, read in one round trip and at a cost that does not depend on how much it
 * is. Nothing is counted where jobs are made or ended.
 */
import { batchQueueName, queueName, type RedisKeys } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface Backlog {
  /** On the queue: they wait for a worker now. */
  readonly waiting: number;
  /** On the queue, until the pause before their next attempt is over. */
  readonly delayed: number;
  /** That workers have. */
  readonly active: number;
  /** Photos of open batches that are not on the queue yet; at least one of a batch that is not listed yet. */
  readonly unqueued: number;
  readonly openBatches: number;
  /** When the oldest of those that wait was created, ms since the epoch; undefined if none waits. */
  readonly oldestAtMs: number | undefined;
}

/**
 * Jobs of which the oldest is looked for. Turns hide the order of arrival, but the next rounds of the queue have the
 * first job of every owner (see turns): one in each round, or one in eight of those in batches. So this is exact as
 * long as no more jobs wait, or no more than about a hundred owners; beyond that, the true age may be higher.
 */
const lookedAt = 1_000;
/** Of open batches, by default all that there may be. Each of the others counts as one photo. */
const batchesLookedAt = 1_000;

/** KEYS: prioritized, wait, paused. ARGV: what the keys of jobs begin with, how many jobs to look at. */
const lookForOldest = `
local oldest = nil
local function look(ids)
  for _, id in ipairs(ids) do
    local at = tonumber(redis.call('HGET', ARGV[1] .. id, 'timestamp'))
    if at and (not oldest or at < oldest) then oldest = at end
  end
end
look(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1))
look(redis.call('LRANGE', KEYS[2], -1, -1))
look(redis.call('LRANGE', KEYS[3], -1, -1))
`;

/**
 * KEYS: a parse queue's prioritized, wait, paused, delayed, active; a batch queue's active, wait, prioritized, delayed.
 * ARGV: what the keys of jobs begin with, how many to look at; the same of batches.
 */
const readBacklogScript = `${lookForOldest}
local open, unqueued, left = 0, 0, tonumber(ARGV[4])
local function count(ids, all)
  open = open + all
  unqueued = unqueued + all - #ids
  left = left - #ids
  for _, id in ipairs(ids) do
    local kept = redis.call('HMGET', ARGV[3] .. id, 'total', 'next', 'isListed', 'isCancelRequested', 'status',
      'finishedAt')
    if kept[5] and not kept[6] and kept[4] ~= '1' then
      local photos = tonumber(kept[1] or '0') - tonumber(kept[2] or '0')
      unqueued = unqueued + math.max(photos, kept[3] == '1' and 0 or 1)
    end
  end
end
for i = 6, 7 do
  count(left > 0 and redis.call('LRANGE', KEYS[i], 0, left - 1) or {}, redis.call('LLEN', KEYS[i]))
end
for i = 8, 9 do
  count(left > 0 and redis.call('ZRANGE', KEYS[i], 0, left - 1) or {}, redis.call('ZCARD', KEYS[i]))
end

local waiting = redis.call('ZCARD', KEYS[1]) + redis.call('LLEN', KEYS[2]) + redis.call('LLEN', KEYS[3])
return {waiting, redis.call('ZCARD', KEYS[4]), redis.call('LLEN', KEYS[5]), unqueued, open, oldest or -1}
`;

/** What the script needs of the connection. */
type Port = Pick<Redis, 'eval'>;

/** @param prefix BullMQ's. Throws what Redis throws. */
export async function readBacklog(
  model: string,
  { redis, keys, prefix }: { readonly redis: Port; readonly keys: Pick<RedisKeys, 'batch'>; readonly prefix: string },
): Promise<Backlog> {
  const parse = `${prefix}:${queueName(model)}:`;
  const batches = `${prefix}:${batchQueueName(queueName(model))}:`;
  const used = [
    ...['prioritized', 'wait', 'paused', 'delayed', 'active'].map((name) => parse + name),
    ...['active', 'wait', 'prioritized', 'delayed'].map((name) => batches + name),
  ];
  const values = [parse, lookedAt, keys.batch(''), batchesLookedAt];
  const found = (await redis.eval(readBacklogScript, used.length, ...used, ...values)) as number[];
  const [waiting = 0, delayed = 0, active = 0, unqueued = 0, openBatches = 0, oldest = -1] = found;
  return { waiting, delayed, active, unqueued, openBatches, oldestAtMs: oldest < 0 ? undefined : oldest };
}

const readOldestScript = `${lookForOldest}
return oldest or -1
`;

/** When the oldest of a queue's waiting jobs was created, as exact as `oldestAtMs` of a backlog. Throws likewise. */
export async function readOldest(queue: Pick<Queue, 'toKey'>, redis: Port): Promise<number | undefined> {
  const used = ['prioritized', 'wait', 'paused'].map((name) => queue.toKey(name));
  const oldest = (await redis.eval(readOldestScript, used.length, ...used, queue.toKey(''), lookedAt)) as number;
  return oldest < 0 ? undefined : oldest;
}
