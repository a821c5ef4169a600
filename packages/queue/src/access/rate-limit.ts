import type { RedisKeys, ShareName } from '@m2fp/contract';
import { runScript } from '../run-script.ts';
import type { RedisPort } from './redis-port.ts';

const windowMs = 60_000;

/**
 * Generic cell rate algorithm: one number per owner, the time at which the bucket is full again. Uses Redis's clock, so
 * that all API processes share one. Times are in microseconds and stored as text, because Redis truncates numbers.
 *
 * KEYS: that number, the owner's unfinished jobs, the owner's open batches; of each model, the owner's list of ended
 * jobs and their bytes.
 * ARGV: requests per window, window in ms, how many requests this one counts for. Returns: 1 = allowed, requests left,
 * ms until the bucket is full, ms until the next request is allowed; and what the owner has: unfinished jobs, open
 * batches, photos in them; and of the model that has the most, ended jobs that are kept, and their bytes.
 */
const takeOne = `
local photos = 0
for _, text in ipairs(redis.call('HVALS', KEYS[3])) do photos = photos + tonumber(string.match(text, '^%d+')) end
local ended, bytes = 0, 0
for i = 4, #KEYS, 2 do
  ended = math.max(ended, redis.call('LLEN', KEYS[i]))
  bytes = math.max(bytes, tonumber(redis.call('GET', KEYS[i + 1]) or '0'))
end
local held = {redis.call('ZCARD', KEYS[2]), redis.call('HLEN', KEYS[3]), photos, ended, bytes}
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local window = ARGV[2] * 1000
local step = window / ARGV[1]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or at), at)
local next = full + step * ARGV[3]
if next - at > window then
  local left = math.max(0, math.floor((window - (full - at)) / step))
  return {0, left, math.ceil((full - at) / 1000), math.ceil((next - window - at) / 1000), unpack(held)}
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - at) / 1000) + 1000)
return {1, math.floor((window - (next - at)) / step), math.ceil((next - at) / 1000), 0, unpack(held)}
`;

export interface RateVerdict {
  readonly isAllowed: boolean;
  readonly limit: number;
  /** Seconds that `limit` applies to. */
  readonly windowS: number;
  /** Requests that would be allowed now. */
  readonly remaining: number;
  /** Seconds until all of `limit` is available again. */
  readonly resetS: number;
  /** Seconds to wait if this request is not allowed, otherwise 0. */
  readonly retryAfterS: number;
  /** What the owner has of other shares. */
  readonly held: Readonly<Partial<Record<ShareName, number>>>;
}

/**
 * Counts a request: a bucket of `perMinute`, refilled evenly over a minute. Throws what Redis throws.
 * @param cost how many ordinary requests it counts for, at most as many as the bucket has
 */
export async function takeRequest(
  redis: Pick<RedisPort, 'eval' | 'evalsha'>,
  keys: Pick<RedisKeys, 'rateLimit' | 'runningJobs' | 'openBatches' | 'endedJobs'>,
  { owner, queues }: { readonly owner: string; readonly queues: readonly string[] },
  { perMinute, cost = 1 }: { readonly perMinute: number; readonly cost?: number | undefined },
): Promise<RateVerdict> {
  const ended = queues.flatMap((queue) => Object.values(keys.endedJobs(queue, owner)));
  const names = [keys.rateLimit(owner), keys.runningJobs(owner), keys.openBatches(owner), ...ended];
  const values = [perMinute, windowMs, Math.min(cost, perMinute)];
  const [allowed, remaining = 0, resetMs = 0, retryMs = 0, ...counts] = (await runScript(
    redis,
    takeOne,
    names,
    values,
  )) as number[];
  const [jobs = 0, batches = 0, photos = 0, retainedJobs = 0, retainedBytes = 0] = counts;
  return {
    isAllowed: allowed === 1,
    limit: perMinute,
    windowS: windowMs / 1_000,
    remaining,
    resetS: Math.ceil(resetMs / 1_000),
    retryAfterS: Math.ceil(retryMs / 1_000),
    held: { jobs, batches, photos, retained_jobs: retainedJobs, retained_bytes: retainedBytes },
  };
}
