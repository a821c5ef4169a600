import { createHash } from 'node:crypto';

type Argument = string | number | Buffer;
type Call = (scriptOrHash: string, keyCount: number, ...keysAndArguments: Argument[]) => Promise<unknown>;

/** The part of Redis that runs scripts. An ioredis connection fits. */
export interface ScriptRunner {
  eval: Call;
  evalsha: Call;
}

const hashes = new Map<string, string>();

/** Runs a script of ours by its hash: its text is sent only if Redis does not have it yet. Throws what Redis throws. */
export async function runScript(
  redis: ScriptRunner,
  script: string,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  const hash = hashes.get(script) ?? createHash('sha1').update(script).digest('hex');
  hashes.set(script, hash);
  try {
    return await redis.evalsha(hash, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
  }
}
