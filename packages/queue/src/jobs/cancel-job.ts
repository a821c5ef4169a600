/**
 * Cancel, the same for every job: its flag is set, so that no worker starts or continues it; and it ends as a failed
 * job with code `canceled`, which is what its readers, its webhook and its batch see.
 *
 * A job that waits is ended here: it is moved among the active ones under a lock of ours, as if a worker had taken it,
 * and then failed. If this process dies in between, the lock expires, the job is found stalled and waits again, and the
 * worker that takes it sees the flag. A running job is ended by its worker, which is notified through the channel.
 */
import { randomBytes } from 'node:crypto';
import {
  AppError,
  cancelFlagTtlS,
  cancelMessages,
  jobDataSchema,
  parseKnown,
  type CancelReason,
  type JobData,
  type JobError,
  type RedisKeys,
} from '@m2fp/contract';
import { UnrecoverableError, type Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { recordOfEnded, type EndedJobs } from '../retention/ended-jobs.ts';
import { returnTurn } from '../turns/scripts.ts';
import { turnKeys, type TurnParts } from '../turns/turns.ts';

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

/**
 * KEYS: prioritized, turns, freed turns, wait, paused, delayed, active, the job, its lock. ARGV: id, token, lock in ms.
 * 1 = it is ours.
 */
const takeWaitingJob = `${returnTurn}
local id = ARGV[1]
returnTurn(KEYS[2], KEYS[3], KEYS[8], redis.call('ZSCORE', KEYS[1], id))
local taken = redis.call('ZREM', KEYS[1], id) + redis.call('ZREM', KEYS[6], id)
if taken == 0 then taken = redis.call('LREM', KEYS[4], 0, id) + redis.call('LREM', KEYS[5], 0, id) end
if taken == 0 then return 0 end
redis.call('LPUSH', KEYS[7], id)
redis.call('SET', KEYS[9], ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Safe to repeat. Throws what Redis and `removeResults` throw; the flag is set first, so that a repeated call finishes
 * the work.
 */
export async function cancelJob(
  id: string,
  parts: CancelParts,
  reason: CancelReason = 'canceled',
): Promise<CancelOutcome> {
  const { queue, redis, keys } = parts;
  const job = (await queue.getJob(id)) as Job<unknown> | undefined;
  if (job === undefined) return 'unknown';
  if (job.finishedOn !== undefined) return 'finished';
  await redis.set(keys.cancelFlag(id), reason, 'EX', cancelFlagTtlS);
  const token = `cancel-${randomBytes(8).toString('hex')}`;
  if (await takeFromQueue(id, token, parts)) {
    await removeEarlierResults(job, parts.removeResults);
    job.opts.removeOnFail = parts.ended.keep;
    await job.moveToFailed(new UnrecoverableError(canceledReason(reason)), token);
    await parts.ended.ended(recordOfEnded(job, 'failed'));
    return 'canceled';
  }
  // Asked before its worker is told, who may end it at once.
  const isRunning = await job.isActive();
  await redis.publish(keys.cancelChannel, id);
  return isRunning ? 'stopping' : 'finished';
}

async function takeFromQueue(id: string, token: string, parts: CancelParts): Promise<boolean> {
  const { queue, redis } = parts;
  const job = queue.toKey(id);
  const lists = ['wait', 'paused', 'delayed', 'active'].map((name) => queue.toKey(name));
  const redisKeys = [...turnKeys(parts), ...lists, job, `${job}:lock`];
  return (await redis.eval(takeWaitingJob, redisKeys.length, ...redisKeys, id, token, lockMs)) === 1;
}

/** KEYS: prioritized, turns, freed turns, the job. ARGV: id. */
const leaveTurn = `${returnTurn}
returnTurn(KEYS[2], KEYS[3], KEYS[4], redis.call('ZSCORE', KEYS[1], ARGV[1]))
`;

/** Removes a job without a trace, unless it is running: then false. True if there is none. */
export async function removeJob(id: string, parts: TurnParts): Promise<boolean> {
  const { queue, redis } = parts;
  const redisKeys = [...turnKeys(parts), queue.toKey(id)];
  // Its turn is known only while it is there, and one connection keeps the order.
  const [, removed] = await Promise.all([redis.eval(leaveTurn, redisKeys.length, ...redisKeys, id), queue.remove(id)]);
  return removed !== 0;
}

/** An attempt that failed, or whose worker died, may have stored some of its files. */
async function removeEarlierResults(job: Job<unknown>, removeResults: RemoveResults): Promise<void> {
  const data = parseKnown(jobDataSchema, job.data);
  if (job.attemptsStarted > 0 && data.success) await removeResults(data.data);
}

function canceledReason(reason: CancelReason): string {
  const { code, message } = new AppError('canceled', cancelMessages[reason]);
  return JSON.stringify({ code, message } satisfies JobError);
}
