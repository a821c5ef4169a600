/**
 * Turns between owners, in Lua. See turns.ts for what they promise.
 *
 * BullMQ takes the job with the lowest score from `prioritized`. Jobs are added behind all others, and these scripts
 * then give each its score: a round, a place within the round, and the order of arrival.
 *
 * A flow is what one owner has of one class. Its jobs take one round after another, or every eighth, so that however
 * many it has, each other flow has its turn in between (start-time fair queuing: Goyal, Vin, Cheng, 1996). The queue's
 * round is that of its first job. A flow without jobs in a later round joins at the queue's round, and ahead of those
 * who have had turns before: one job of each owner a round, of whatever class.
 *
 * A job that is canceled gives its round back: the last one by moving the flow's next round back, any other by leaving
 * it free for the next job of the same flow. No flow ever has two jobs in one round, so adding and canceling wins
 * nothing.
 */

interface TurnClass {
  /** Rounds until the flow's next turn. */
  readonly cost: number;
  /** Place within a round, 0 to 3: of an owner's job that joins, and of all others. */
  readonly joining: number;
  readonly place: number;
}

/** Of an owner's photos, one of a batch follows eight single ones. The last two are for queues of their own. */
export const turnClasses = {
  interactive: { cost: 1, joining: 0, place: 2 },
  single: { cost: 1, joining: 1, place: 2 },
  batch: { cost: 8, joining: 3, place: 3 },
  delivery: { cost: 1, joining: 1, place: 2 },
  run: { cost: 1, joining: 1, place: 2 },
} as const satisfies Record<string, TurnClass>;

/** BullMQ's lowest priority that is far above any turn; its scores are this times 2^32, plus a counter. */
export const noTurnPriority = 2 ** 20;

/** How long turns are remembered, s: longer than anybody waits. */
export const rememberedS = 24 * 3600;

/**
 * Scores of turns are from `first` up to `none`; above are those that still wait for one, in their order of arrival,
 * and below those that were queued by an earlier version. A flow's job has the name `owner/class`; one that was queued
 * by others is judged by its data.
 */
const shared = `
local first, none, rounds, places = 2^40, 2^52, 2^36, 4096
local classes = {
${Object.entries(turnClasses)
  .map(([name, { cost, joining, place }]) => `  ${name} = { cost = ${cost}, joining = ${joining}, place = ${place} },`)
  .join('\n')}
}
local function whole(number) return string.format('%.0f', number) end
local function roundOf(score) return math.floor((score - first) / (4 * places)) end
local function freedRound(flow, round) return flow .. '/' .. string.format('%014.0f', round) end
local function flowOf(job)
  local flow, class = string.match(redis.call('HGET', job, 'name') or '', '^([%w_-]+/(%a+))$')
  if flow and classes[class] then return flow, classes[class] end
  local isJson, data = pcall(cjson.decode, redis.call('HGET', job, 'data') or '')
  if not isJson or type(data) ~= 'table' then data = {} end
  class = data.batch and 'batch' or 'single'
  local owner = type(data.owner) == 'string' and data.owner or 'anonymous'
  return owner .. '/' .. class, classes[class]
end
`;

/**
 * KEYS: prioritized, turns, freed turns. ARGV: what the keys of jobs begin with, how many jobs at most, TTL in s of
 * what is remembered. Returns how many jobs have got their turn. In `turns`, a flow has its next round, and an owner
 * the round after the one in which a job of theirs joined, and that job.
 */
export const giveTurns = `${shared}
local waiting, turns, freed = KEYS[1], KEYS[2], KEYS[3]
local found = redis.call('ZRANGEBYSCORE', waiting, whole(none), '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
if #found == 0 then
  found = redis.call('ZRANGEBYSCORE', waiting, '-inf', '(' .. whole(first), 'WITHSCORES', 'LIMIT', 0, ARGV[2])
end
if #found == 0 then return 0 end
local head = redis.call('ZRANGEBYSCORE', waiting, whole(first), '(' .. whole(none), 'WITHSCORES', 'LIMIT', 0, 1)
local now = head[2] and roundOf(tonumber(head[2])) or 0
-- No job has a turn, so no round means anything anymore.
if not head[2] then redis.call('DEL', turns, freed) end
local hasFreed = redis.call('EXISTS', freed) == 1

local function takeFreed(flow)
  if not hasFreed then return nil end
  redis.call('ZREMRANGEBYLEX', freed, '[' .. flow .. '/', '(' .. freedRound(flow, now))
  local kept = redis.call('ZRANGEBYLEX', freed, '[' .. freedRound(flow, now), '(' .. flow .. '0', 'LIMIT', 0, 1)[1]
  if not kept then return nil end
  redis.call('ZREM', freed, kept)
  return tonumber(string.sub(kept, #flow + 2))
end
local function takeNext(flow, cost)
  local round = math.max(now, tonumber(redis.call('HGET', turns, flow) or now))
  redis.call('HSET', turns, flow, whole(round + cost))
  return round
end
-- Of two jobs that join in the same round, the one that a request waits for has the place, and the other gives it back.
local function placeOf(flow, class, round, id)
  if round > now or class.joining == class.place then return class.place end
  local owner = string.match(flow, '^[^/]+')
  local till, other = string.match(redis.call('HGET', turns, owner) or '', '^(%d+) (.+)$')
  if till and tonumber(till) > now then
    local score = class.joining == 0 and tonumber(redis.call('ZSCORE', waiting, other) or none) or none
    if score >= first + (round * 4 + class.place) * places then return class.place end
    redis.call('ZADD', waiting, 'XX', whole(score + places), other)
  end
  redis.call('HSET', turns, owner, whole(round + 1) .. ' ' .. id)
  return class.joining
end

for i = 1, #found, 2 do
  local id, score = found[i], tonumber(found[i + 1])
  local round, place = now, 0
  -- A worker that stops hands its jobs back with the lowest score of their priority: they have had their turn.
  if score ~= none then
    local flow, class = flowOf(ARGV[1] .. id)
    round = takeFreed(flow) or takeNext(flow, class.cost)
    place = placeOf(flow, class, round, id)
  end
  local order = score % places
  redis.call('ZADD', waiting, 'XX', whole(first + (math.min(round, rounds - 1) * 4 + place) * places + order), id)
end
-- Not each time: it costs as much as a turn.
local isOften = head[2] and found[2] % 64 ~= 0
if not isOften and redis.call('HLEN', turns) > 1000 then
  for _, flow in ipairs(redis.call('HRANDFIELD', turns, 200)) do
    if tonumber(string.match(redis.call('HGET', turns, flow), '^%d+')) <= now then redis.call('HDEL', turns, flow) end
  end
end
if not isOften then
  redis.call('EXPIRE', turns, ARGV[3])
  redis.call('EXPIRE', freed, ARGV[3])
end
return #found / 2
`;

/** For a script that takes a job from \`prioritized\`, while it still has its score there. */
export const returnTurn = `${shared}
local function returnTurn(turns, freed, job, score)
  score = tonumber(score)
  if not score or score < first or score >= none then return end
  local flow, class = flowOf(job)
  local round, following = roundOf(score), tonumber(redis.call('HGET', turns, flow))
  if not following or round >= following then return end
  if round + class.cost ~= following then
    if redis.call('ZCARD', freed) < 20000 then redis.call('ZADD', freed, 0, freedRound(flow, round)) end
    redis.call('EXPIRE', freed, ${rememberedS})
    return
  end
  repeat
    following = following - class.cost
  until redis.call('ZREM', freed, freedRound(flow, following - class.cost)) == 0
  redis.call('HSET', turns, flow, whole(following))
end
`;
