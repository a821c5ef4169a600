import type { RedisKeys } from '@m2fp/contract';
import { type JobsOptions, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type turnClasses } from './scripts.ts';
export type TurnClassName = keyof typeof turnClasses;
export interface TurnParts {
  readonly queue: Queue;
  /** The queue's own connection: one connection keeps the order of commands. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
}
export interface TurnJob {
  readonly id: string;
  readonly owner: string;
  readonly turn: TurnClassName;
  readonly data: object;
  readonly options: Omit<JobsOptions, 'jobId' | 'priority'>;
}
/** Adds a job. An id that already exists is left unchanged, with its turn. */
export declare function addInTurn({ id, owner, turn, data, options }: TurnJob, parts: TurnParts): Promise<void>;
/** Adds many jobs with one command. */
export declare function addAllInTurn(jobs: readonly TurnJob[], parts: TurnParts): Promise<void>;
/** Gives every job that waits without a turn its turn. */
export declare function giveTurns(parts: TurnParts): Promise<void>;
/** Gives turns every `everyMs`. What fails, because Redis is down, is done the next time. */
export declare function keepGivingTurns(
  parts: TurnParts,
  everyMs: number,
): {
  stop(): Promise<void>;
};
/** What the scripts need of a queue: `prioritized`, turns, freed turns. */
export declare function turnKeys({ queue, keys }: Pick<TurnParts, 'queue' | 'keys'>): [string, string, string];
