import type { RedisKeys, ShareName } from '@m2fp/contract';
import type { RedisPort } from './redis-port.ts';

const windowMs = 60_000;

/**
 * Generic cell rate algorithm: one number per owner, the time at which the bucket is full again. KEYS: that number, the
 * owner's unfinished jobs, the owner's open batches. ARGV: requests per window, window in ms. Uses Redis's clock, so
 * that all API processes share one. Times are in microseconds and stored as text, because Redis truncates numbers.
 * Returns: 1 = allowed, requests left, ms until the bucket is full, ms until the next request is allowed; and what the
 * owner has: unfinished jobs, open batches, photos in them.
 */
const takeOne = `
local photos = 0
for _, text in ipairs(redis.call('HVALS', KEYS[3])) do photos = photos + tonumber(string.match(text, '^%d+')) end
local jobs, batches = redis.call('ZCARD', KEYS[2]), redis.call('HLEN', KEYS[3])
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local window = ARGV[2] * 1000
local step = window / ARGV[1]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or at), at)
local next = full + step
if next - at > window then
  return {0, 0, math.ceil((full - at) / 1000), math.ceil((next - window - at) / 1000), jobs, batches, photos}
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - at) / 1000) + 1000)
return {1, math.floor((window - (next - at)) / step), math.ceil((next - at) / 1000), 0, jobs, batches, photos}
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

/** Counts a request: a bucket of `perMinute`, refilled evenly over a minute. Throws what Redis throws. */
export async function takeRequest(
  redis: Pick<RedisPort, 'eval'>,
  keys: Pick<RedisKeys, 'rateLimit' | 'runningJobs' | 'openBatches'>,
  owner: string,
  perMinute: number,
): Promise<RateVerdict> {
  const names = [keys.rateLimit(owner), keys.runningJobs(owner), keys.openBatches(owner)];
  const reply = (await redis.eval(takeOne, names.length, ...names, perMinute, windowMs)) as number[];
  const [allowed = 0, remaining = 0, resetMs = 0, retryMs = 0, jobs = 0, batches = 0, photos = 0] = reply;
  return {
    isAllowed: allowed === 1,
    limit: perMinute,
    windowS: windowMs / 1_000,
    remaining,
    resetS: Math.ceil(resetMs / 1_000),
    retryAfterS: Math.ceil(retryMs / 1_000),
    held: { jobs, batches, photos },
  };
}
