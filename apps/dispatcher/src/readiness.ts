import type { ObjectStorage } from '@m2fp/storage';
import type { Redis } from 'ioredis';

const answerMs = 2_000;

/** Names of what does not answer. */
export async function whatIsMissing(redis: Redis, storage: Pick<ObjectStorage, 'ping'>): Promise<string[]> {
  const signal = AbortSignal.timeout(answerMs);
  const late = new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false)));
  const answers = (work: Promise<unknown>): Promise<boolean> => {
    const answered = work.then(
      () => true,
      () => false,
    );
    return Promise.race([late, answered]);
  };
  const [hasRedis, hasStorage] = await Promise.all([answers(redis.ping()), answers(storage.ping({ signal }))]);
  return [...(hasRedis ? [] : ['redis']), ...(hasStorage ? [] : ['storage'])];
}
