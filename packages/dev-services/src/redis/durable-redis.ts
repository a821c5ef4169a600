import getPort from 'get-port';
import { usableCacheDir } from '../cache-dir.ts';
import { readEnvironment } from '../config.ts';
import type { ManagedProcess } from '../processes/managed-process.ts';
import { redisFromPackages } from './debian-packages.ts';
import { launchRedis, type RedisProgram, temporaryFolder } from './redis-server.ts';
import { findOnPath, installAdvice } from './system-redis.ts';

/** A Redis that survives its own death: what it has answered is on disk, and it comes back on the same port. */
export interface DurableRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it by SIGKILL; resolves when it is gone, to false if it was not running. */
  kill(): Promise<boolean>;
  /** After `kill`: resolves when it has loaded its data and answers. Throws if it does not. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Written before it is answered, so that even a kill loses nothing that a client knows of. */
const durable = ['--maxmemory-policy', 'noeviction', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/** From the PATH or, on Debian and Ubuntu, the system's packages. Throws an Error that says what to install. */
export async function startDurableRedis(onStep: (message: string) => void = () => undefined): Promise<DurableRedis> {
  const program = await findProgram(onStep);
  const folder = await temporaryFolder();
  const port = await getPort({ host: '127.0.0.1' });
  const launch = (): Promise<ManagedProcess> => launchRedis(program, { port, folder: folder.path, settings: durable });
  let running: ManagedProcess | undefined;
  try {
    running = await launch();
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    ...{ url: `redis://127.0.0.1:${port}`, port },
    async kill() {
      const killed = running;
      if (killed === undefined) return false;
      running = undefined;
      process.kill(killed.pid, 'SIGKILL');
      await killed.exited;
      await killed.stop();
      return true;
    },
    async start() {
      running = await launch();
    },
    async stop() {
      await running?.stop(2_000);
      await folder.remove();
    },
  };
}

async function findProgram(onStep: (message: string) => void): Promise<RedisProgram> {
  const env = readEnvironment();
  const command = await findOnPath(env.PATH ?? '');
  if (command !== undefined) return { command };
  const program = await redisFromPackages(await usableCacheDir(env.M2FP_CACHE_DIR), onStep);
  if (program !== undefined) return program;
  throw new Error(await installAdvice(undefined, ['A container’s Redis cannot be killed and started again here.']));
}
