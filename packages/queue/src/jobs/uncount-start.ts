import type { Queue } from 'bullmq';
import { runScript, type ScriptRunner } from '../run-script.ts';

/** KEYS: job, its lock. ARGV: whose lock it has to be. */
const uncount = `if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('HINCRBY', KEYS[1], 'ats', -1) end`;

/**
 * Takes back that the queue counted a start of a job, for a worker that has not touched it. Nothing happens if the job
 * is no longer this worker's: another one may have ended it by now.
 */
export async function uncountStart(
  queue: Pick<Queue, 'toKey'>,
  redis: ScriptRunner,
  job: { readonly id: string; readonly token: string },
): Promise<void> {
  await runScript(redis, uncount, [queue.toKey(job.id), `${queue.toKey(job.id)}:lock`], [job.token]);
}
