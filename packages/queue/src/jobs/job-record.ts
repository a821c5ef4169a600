import type { JobRecord, JobState, JobStatus } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { canceledMark, packedMark, recordFrom } from '../retention/packed-job.ts';

type QueueKeys = Pick<Queue, 'toKey'>;

/**
 * KEYS: completed, failed, active, the job. ARGV: id. Returns the state and the whole hash, of the same moment. What is
 * in none of them waits, or is just being added.
 */
const readJob = `
local fields = redis.call('HGETALL', KEYS[4])
if #fields == 0 then return {} end
local state = 'queued'
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then state = 'succeeded'
elseif redis.call('ZSCORE', KEYS[2], ARGV[1]) then state = 'failed'
elseif redis.call('LPOS', KEYS[3], ARGV[1]) then state = 'processing' end
return {state, unpack(fields)}
`;

/** ioredis has it, but not its types. `callBuffer` loses the command's name on a connection that pipelines by itself. */
type WithEvalBuffer = Redis & { evalBuffer(script: string, keys: number, ...args: string[]): Promise<Buffer[]> };

/** A job as the queue has it now; undefined if there is none. */
export async function readJobRecord(queue: QueueKeys, redis: Redis, id: string): Promise<JobRecord | undefined> {
  const keys = [...['completed', 'failed', 'active'].map((name) => queue.toKey(name)), queue.toKey(id)];
  const reply = await (redis as WithEvalBuffer).evalBuffer(readJob, keys.length, ...keys, id);
  const [state, ...fields] = reply;
  return state === undefined ? undefined : recordFrom(id, fields, state.toString() as JobState);
}

/**
 * KEYS: completed, failed, active. ARGV: the prefix of the jobs' hashes, ids … Returns a status for each, '' if there is
 * no such job. The active jobs are those that workers run at this moment: few.
 */
const readStatuses = `
local running = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do running[id] = true end
local function ofFailed(key)
  local kept = redis.call('HMGET', key, '${packedMark}', '${canceledMark}', 'failedReason')
  if kept[1] then return kept[2] and 'canceled' or 'failed' end
  return string.find(kept[3] or '', '"code":"canceled"', 1, true) and 'canceled' or 'failed'
end
local statuses = {}
for i = 2, #ARGV do
  local id, key = ARGV[i], ARGV[1] .. ARGV[i]
  if redis.call('EXISTS', key) == 0 then statuses[i - 1] = ''
  elseif redis.call('ZSCORE', KEYS[1], id) then statuses[i - 1] = 'succeeded'
  elseif redis.call('ZSCORE', KEYS[2], id) then statuses[i - 1] = ofFailed(key)
  else statuses[i - 1] = running[id] and 'processing' or 'queued' end
end
return statuses
`;

/** The statuses of jobs, without reading the jobs; undefined where there is none. Give it hundreds, not thousands. */
export async function readJobStatuses(
  queue: QueueKeys,
  redis: Redis,
  ids: readonly string[],
): Promise<(JobStatus | undefined)[]> {
  if (ids.length === 0) return [];
  const keys = ['completed', 'failed', 'active'].map((name) => queue.toKey(name));
  const statuses = (await redis.eval(readStatuses, keys.length, ...keys, queue.toKey(''), ...ids)) as string[];
  return statuses.map((status) => (status === '' ? undefined : (status as JobStatus)));
}
