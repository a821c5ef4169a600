import { hostname, userInfo } from 'node:os';
import type { ApiKeys } from '@m2fp/queue/access';
import type { CommandContext } from '../command-context.ts';

const connectMs = 5_000;

/** Runs `work` with the keys in the configured Redis. Throws an Error that names the server if it does not answer. */
export async function withApiKeys<T>(
  { config }: Pick<CommandContext, 'config'>,
  work: (keys: ApiKeys) => Promise<T>,
): Promise<T> {
  // Loaded only here: no other command needs them.
  const [{ ApiKeys }, { redisKeys }, { connectOnce }] = await Promise.all([
    import('@m2fp/queue/access'),
    import('@m2fp/contract'),
    import('@m2fp/service/redis'),
  ]);
  const redis = await connectOnce(config.redis, connectMs);
  try {
    return await work(new ApiKeys(redis, redisKeys(config.redis.prefix), actor()));
  } finally {
    redis.disconnect();
  }
}

/** Who runs this command, for the audit log. */
function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user id without a name, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
