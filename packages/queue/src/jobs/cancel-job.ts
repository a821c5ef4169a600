/**
 * Cancel, the same for every job: its flag is set, so that no worker starts or continues it; and it ends as a failed
 * job with code `canceled`, which is what its readers, its webhook and its batch see.
 *
 * A job that waits is ended here: it is moved among the active ones under a lock of ours, as if a worker had taken it,
 * and then failed. If this process dies in between, the lock expires, the job is found stalled and waits again, and the
 * worker that takes it sees the flag. A running job is ended by its worker, which is notified through the channel.
 */
import { randomBytes } from 'node:crypto';
import { AppError, cancelFlagTtlS, jobDataSchema, type JobData, type JobError, type RedisKeys } from '@m2fp/contract';
import { UnrecoverableError, type Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { recordOfEnded, type EndedJobs } from '../retention/ended-jobs.ts';

export interface CancelParts {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  /** Removes what earlier attempts of the job stored; called before the job is ended. */
  readonly removeResults: RemoveResults;
  readonly ended: EndedJobs;
}

export type RemoveResults = (data: JobData) => Promise<void>;

/**
 * `canceled`: it waited, and has ended. `stopping`: it is running, and its worker was notified. `finished`: it had
 * ended before. `unknown`: there is no such job.
 */
export type CancelOutcome = 'canceled' | 'stopping' | 'finished' | 'unknown';

const lockMs = 30_000;

/** KEYS: wait, paused, prioritized, delayed, active, the job's lock. ARGV: id, token, lock in ms. 1 = it is ours. */
const takeWaitingJob = `
local id = ARGV[1]
local taken = redis.call('ZREM', KEYS[3], id) + redis.call('ZREM', KEYS[4], id)
if taken == 0 then taken = redis.call('LREM', KEYS[1], 0, id) + redis.call('LREM', KEYS[2], 0, id) end
if taken == 0 then return 0 end
redis.call('LPUSH', KEYS[5], id)
redis.call('SET', KEYS[6], ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Safe to repeat. Throws what Redis and `removeResults` throw; the flag is set first, so that a repeated call finishes
 * the work.
 */
export async function cancelJob(id: string, parts: CancelParts): Promise<CancelOutcome> {
  const { queue, redis, keys } = parts;
  const job = (await queue.getJob(id)) as Job<unknown> | undefined;
  if (job === undefined) return 'unknown';
  if (job.finishedOn !== undefined) return 'finished';
  await redis.set(keys.cancelFlag(id), '1', 'EX', cancelFlagTtlS);
  const token = `cancel-${randomBytes(8).toString('hex')}`;
  if (await takeFromQueue(id, token, parts)) {
    await removeEarlierResults(job, parts.removeResults);
    job.opts.removeOnFail = parts.ended.keep;
    await job.moveToFailed(new UnrecoverableError(canceledReason()), token);
    await parts.ended.ended(recordOfEnded(job, 'failed'));
    return 'canceled';
  }
  await redis.publish(keys.cancelChannel, id);
  return (await job.isActive()) ? 'stopping' : 'finished';
}

async function takeFromQueue(id: string, token: string, { queue, redis }: CancelParts): Promise<boolean> {
  const lists = ['wait', 'paused', 'prioritized', 'delayed', 'active'].map((name) => queue.toKey(name));
  const lock = `${queue.toKey(id)}:lock`;
  const taken = await redis.eval(takeWaitingJob, lists.length + 1, ...lists, lock, id, token, lockMs);
  return taken === 1;
}

/** An attempt that failed, or whose worker died, may have stored some of its files. */
async function removeEarlierResults(job: Job<unknown>, removeResults: RemoveResults): Promise<void> {
  const data = jobDataSchema.safeParse(job.data);
  if (job.attemptsStarted > 0 && data.success) await removeResults(data.data);
}

function canceledReason(): string {
  const { code, message } = new AppError('canceled', 'The job was canceled.');
  return JSON.stringify({ code, message } satisfies JobError);
}
