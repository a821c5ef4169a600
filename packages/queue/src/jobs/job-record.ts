import { modelOfQueue, type JobRecord, type JobState, type JobStatus } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { runScript } from '../run-script.ts';
import { canceledMark, packedMark, recordFrom } from '../retention/packed-job.ts';

type QueueKeys = Pick<Queue, 'toKey' | 'name'>;

/** A job as the queue has it now; undefined if there is none. */
export async function readJobRecord(queue: QueueKeys, redis: Redis, id: string): Promise<JobRecord | undefined> {
  // Of one moment, and in one round trip. What is in none of the three waits, or is just being added.
  const replies = await redis
    .multi()
    .zscore(queue.toKey('completed'), id)
    .zscore(queue.toKey('failed'), id)
    .lpos(queue.toKey('active'), id)
    .hgetallBuffer(queue.toKey(id))
    .exec();
  const [completed, failed, active, hash] = (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
  const fields = hash as Readonly<Record<string, Buffer>>;
  if (Object.keys(fields).length === 0) return undefined;
  const waiting: JobState = active === null ? 'queued' : 'processing';
  const state = completed !== null ? 'succeeded' : failed !== null ? 'failed' : waiting;
  return recordFrom({ id, model: modelOfQueue(queue.name) }, fields, state);
}

/**
 * KEYS: completed, failed, active. ARGV: the prefix of the jobs' hashes, ids … Returns a status for each, '' if there
 * is no such job. The active jobs are those that workers run at this moment: few.
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
  const statuses = (await runScript(redis, readStatuses, keys, [queue.toKey(''), ...ids])) as string[];
  return statuses.map((status) => (status === '' ? undefined : (status as JobStatus)));
}
