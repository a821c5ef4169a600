import { type CancelReason, type JobData, type RedisKeys } from '@m2fp/contract';
import { type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
export interface CancelParts {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  /** Removes what earlier attempts of the job stored; called before the job is ended. */
  readonly removeResults: RemoveResults;
}
export type RemoveResults = (data: JobData) => Promise<void>;
/**
 * `canceled`: it waited, and has ended. `stopping`: it is running, and its worker was notified. `finished`: it had
 * ended before. `unknown`: there is no such job.
 */
export type CancelOutcome = 'canceled' | 'stopping' | 'finished' | 'unknown';
/**
 * Safe to repeat. Throws what Redis and `removeResults` throw; the flag is set first, so that a repeated call finishes
 * the work.
 */
export declare function cancelJob(id: string, parts: CancelParts, reason?: CancelReason): Promise<CancelOutcome>;
/** Removes a job without a trace, unless it is running: then false. True if there is none. */
export declare function removeJob(id: string, parts: Omit<CancelParts, 'removeResults'>): Promise<boolean>;
