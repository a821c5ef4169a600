import { JobSlots } from '@m2fp/queue/access';
import type { RedisPort } from '@m2fp/queue/access';
import { AppError, anonymousOwner, isFinal } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import { QueueUnavailable } from '../jobs/queue.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { RedisCall } from '@m2fp/service/redis';

export interface JobSlotParts {
  readonly redis: RedisPort;
  readonly keys: RedisKeys;
  readonly call: RedisCall;
  /** An owner's `jobs_at_once`; null = no limit. */
  readonly jobsAtOnce: (owner: string) => Promise<number | null>;
}

/**
 * The same queue, but that `add` throws `rate_limited` for an owner whose jobs have all their slots taken. Jobs of
 * batches do not pass here: the dispatcher adds them, a bounded number at a time.
 */
export function withJobSlots(queue: JobQueue, { redis, keys, call, jobsAtOnce }: JobSlotParts): JobQueue {
  const slots = new JobSlots(redis, keys, async (ids) => {
    const records = await Promise.all(ids.map((id) => queue.find(id)));
    return records.map((record) => {
      return record === undefined ? 'missing' : isFinal(record) ? 'finished' : 'unfinished';
    });
  });
  const add: JobQueue['add'] = async (id, data, options) => {
    const owner = data.owner ?? anonymousOwner;
    const most = owner === anonymousOwner ? null : await jobsAtOnce(owner);
    if (most === null) return queue.add(id, data, options);
    if (!(await call(() => slots.take(owner, id, most)))) {
      throw new AppError('rate_limited', `This key may have ${most} unfinished jobs at once.`);
    }
    try {
      await queue.add(id, data, options);
    } catch (error) {
      // One that may have been queued all the same keeps its slot.
      const mayBeQueued = error instanceof QueueUnavailable && error.jobId !== undefined;
      if (!mayBeQueued) await call(() => slots.giveBack(owner, id)).catch(() => undefined);
      throw error;
    }
  };
  return new Proxy(queue, {
    get: (target, name) => {
      if (name === 'add') return add;
      const member: unknown = Reflect.get(target, name, target);
      // Bound, because a class's private fields are only there on the object itself.
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
