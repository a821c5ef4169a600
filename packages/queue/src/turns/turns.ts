/**
 * Owners take turns on a queue, however many jobs each has waiting: an owner's first job goes ahead of all that others
 * have in later rounds. BullMQ's own groups are not free; this needs only its priorities. Each job is added behind all
 * others, and right after it a script gives it the score of its turn. Whatever has no turn waits at the end: jobs that
 * are tried again, and those whose producer died in between. So nobody gets ahead by failing; and whoever takes jobs
 * from the queue, or adds to it, gives these their turns too.
 */
import type { RedisKeys } from '@m2fp/contract';
import { Job, type JobsOptions, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { runScript } from '../run-script.ts';
import { giveTurns as giveTurnsScript, noTurnPriority, rememberedS, type turnClasses } from './scripts.ts';

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

/** Jobs that get their turn with a new one: those that are tried again, and their share of what else was left. */
const givenAtOnce = 20;
/** Short enough for other commands in between. */
const givenPerScript = 500;

/** Adds a job. An id that already exists is left unchanged, with its turn. */
export async function addInTurn({ id, owner, turn, data, options }: TurnJob, parts: TurnParts): Promise<void> {
  const { queue } = parts;
  const client = await queue.getBackend().client;
  const given = { ...options, jobId: id, priority: noTurnPriority };
  const job = new Job(queue, nameOf(owner, turn), data, given, id);
  // Sent in this order, and without waiting in between. Without its turn the job is only later than it could be.
  await Promise.all([job.addJob(client), giveTurnsOnce(parts, givenAtOnce).catch(() => 0)]);
}

/** Adds many jobs with one command. */
export async function addAllInTurn(jobs: readonly TurnJob[], parts: TurnParts): Promise<void> {
  await parts.queue.addBulk(
    jobs.map(({ id, owner, turn, data, options }) => ({
      name: nameOf(owner, turn),
      data,
      opts: { ...options, jobId: id, priority: noTurnPriority },
    })),
  );
  await giveTurns(parts);
}

function nameOf(owner: string, turn: TurnClassName): string {
  return `${owner}/${turn}`;
}

/** Gives every job that waits without a turn its turn. */
export async function giveTurns(parts: TurnParts): Promise<void> {
  while ((await giveTurnsOnce(parts, givenPerScript)) === givenPerScript);
}

/** The same for whoever does it now and then: not while Redis is down, because nothing may wait for it then. */
export async function giveTurnsIfUp(parts: TurnParts): Promise<void> {
  if (parts.redis.status === 'ready') await giveTurns(parts);
}

/** What the scripts need of a queue: `prioritized`, turns, freed turns. */
export function turnKeys({ queue, keys }: Pick<TurnParts, 'queue' | 'keys'>): [string, string, string] {
  return [queue.toKey('prioritized'), keys.turns(queue.name), keys.freedTurns(queue.name)];
}

async function giveTurnsOnce(parts: TurnParts, atMost: number): Promise<number> {
  const { redis, queue } = parts;
  const args = [queue.toKey(''), atMost, rememberedS];
  return (await runScript(redis, giveTurnsScript, turnKeys(parts), args)) as number;
}
