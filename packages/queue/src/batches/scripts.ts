/** The steps of a batch, in Lua. KEYS[1] is always the batch's record; a batch that is no longer kept is left alone. */

/** ARGV: final statuses. */
export const requestCancel = `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 0 end
for _, final in ipairs(ARGV) do if status == final then return 0 end end
redis.call('HSET', KEYS[1], 'isCancelRequested', '1', 'status', 'canceling')
return 1
`;

/** KEYS[2]: inputs. ARGV: the cursor from which the page was listed, the next one or '', bytes of the keys, keys … */
export const addListed = `
local kept = redis.call('HMGET', KEYS[1], 'status', 'cursor', 'isListed', 'isCancelRequested')
if not kept[1] or kept[3] == '1' or (kept[2] or '') ~= ARGV[1] then return 0 end
for i = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('HINCRBY', KEYS[1], 'total', #ARGV - 3)
redis.call('HINCRBY', KEYS[1], 'keyBytes', ARGV[3])
redis.call('HSET', KEYS[1], 'cursor', ARGV[2])
if ARGV[2] == '' then redis.call('HSET', KEYS[1], 'isListed', '1') end
if kept[4] ~= '1' then redis.call('HSET', KEYS[1], 'status', 'listing') end
return 1
`;

/** KEYS[2]: in flight, KEYS[3]: the owner's open batches. ARGV: window. Returns the first index and how many. */
export const claim = `
local kept = redis.call('HMGET', KEYS[1], 'total', 'next', 'isCancelRequested')
local first = tonumber(kept[2] or '0')
-- Fifty batches of an owner would fill the queue for everybody if each had the whole window.
local window = math.max(1, math.floor(ARGV[1] / math.max(1, redis.call('HLEN', KEYS[3]))))
local size = math.min(window - redis.call('SCARD', KEYS[2]), tonumber(kept[1] or '0') - first)
if kept[3] == '1' or size <= 0 then return {first, 0} end
for i = first, first + size - 1 do redis.call('SADD', KEYS[2], i) end
redis.call('HSET', KEYS[1], 'next', first + size, 'status', 'processing')
return {first, size}
`;

/** KEYS[2]: in flight, KEYS[3]: outcomes. ARGV: index, status, outcome. */
export const settle = `
if redis.call('SREM', KEYS[2], ARGV[1]) == 0 then return 0 end
if redis.call('HSETNX', KEYS[3], ARGV[1], ARGV[3]) == 1 then redis.call('HINCRBY', KEYS[1], ARGV[2], 1) end
return 1
`;

export const dropRest = `
local kept = redis.call('HMGET', KEYS[1], 'status', 'total', 'next')
if not kept[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'canceled', tonumber(kept[2] or '0') - tonumber(kept[3] or '0'))
redis.call('HSET', KEYS[1], 'next', kept[2] or '0', 'isListed', '1')
return 1
`;

/** ARGV: status, the number of final statuses, the final statuses, fields … */
export const finish = `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 0 end
for i = 3, 2 + ARGV[2] do if status == ARGV[i] then return 0 end end
redis.call('HSET', KEYS[1], 'status', ARGV[1], unpack(ARGV, 3 + ARGV[2]))
return 1
`;
