/** The steps of a delivery, in Lua. KEYS[1] is always its record. */

/** KEYS[2]: index by owner. ARGV: id, time ms, TTL s, maximum per owner, fields … 1 = it is new. */
export const createRecord = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[2] - ARGV[3] * 1000)
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[4])
return 1
`;

/** KEYS[2]: attempts. ARGV: attempt, how many are kept, TTL s, 'status', the new status, other fields … */
export const recordAttempt = `
local status = redis.call('HGET', KEYS[1], 'status')
if not status or (status ~= 'pending' and ARGV[5] ~= 'delivered') then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], -ARGV[2], -1)
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
`;
