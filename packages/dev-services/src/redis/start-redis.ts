import { readEnvironment, type DevServicesEnvironment } from '../config.ts';
import { usableCacheDir } from '../cache-dir.ts';
import { defaultRedisImage, engineAnswers, runRedisContainer } from './container.ts';
import { redisFromPackages } from './debian-packages.ts';
import { acceptsConnections, runRedis, type RedisProgram } from './redis-server.ts';
import { findOnPath, installAdvice, type RedisSource } from './system-redis.ts';

export interface RedisService {
  readonly url: string;
  /** Where it came from, for a log line. */
  readonly origin: string;
  /** False if it was given: others may use it too. */
  readonly embedded: boolean;
  /** Ends it and removes its temporary files; a given Redis is left alone. Idempotent. */
  stop(): Promise<void>;
}

export interface StartRedisOptions {
  /** Use this Redis instead of starting one. Default: REDIS_URL. */
  readonly url?: string | undefined;
  /** Starts one for the caller alone, even if REDIS_URL names another. */
  readonly isPrivate?: boolean | undefined;
  /** Only from this source. Default: REDIS_FROM, else the first that works. */
  readonly from?: RedisSource | undefined;
  /** Default: REDIS_IMAGE, else the official image. */
  readonly image?: string | undefined;
  /** Default: M2FP_CACHE_DIR, else the user's cache. */
  readonly cacheDir?: string | undefined;
  /** Called for steps that take time. */
  readonly onStep?: ((message: string) => void) | undefined;
}

/**
 * A Redis for development, demo and tests: the one at REDIS_URL, else `redis-server` or `valkey-server` on the PATH,
 * else one in a container, else Debian's packages unpacked without root. If none of these works, throws an Error that
 * says what to install.
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisService> {
  const env = readEnvironment();
  const from = options.from ?? (env.REDIS_FROM || undefined);
  const given = from === undefined && options.isPrivate !== true ? env.REDIS_URL : undefined;
  const url = options.url ?? given;
  if (url !== undefined) return givenRedis(url);

  const sources = from === undefined ? (['path', 'container', 'packages'] as const) : [from];
  const failures: string[] = [];
  for (const source of sources) {
    try {
      const service = await startFrom(source, options, env);
      if (service) return { ...service, embedded: true, stop: once(() => service.stop()) };
    } catch (error) {
      failures.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(await installAdvice(from, failures));
}

async function startFrom(
  source: RedisSource,
  options: StartRedisOptions,
  env: DevServicesEnvironment,
): Promise<Omit<RedisService, 'embedded'> | undefined> {
  if (source === 'path') {
    const command = await findOnPath(env.PATH ?? '');
    return command === undefined ? undefined : { ...(await runRedis({ command })), origin: command };
  }
  if (source === 'container') {
    if (!(await engineAnswers(env))) return undefined;
    const image = options.image ?? env.REDIS_IMAGE ?? defaultRedisImage;
    options.onStep?.(`starting Redis in a container (${image})`);
    return { ...(await runRedisContainer(image, env)), origin: `container of ${image}` };
  }
  const cacheDir = await usableCacheDir(options.cacheDir ?? env.M2FP_CACHE_DIR);
  const program = await redisFromPackages(cacheDir, options.onStep ?? (() => undefined));
  return program && { ...(await runRedis(program)), origin: program.command };
}

/**
 * The server's program on this machine, for those who start several, or in their own way: on the PATH, else unpacked
 * from the system's packages. Throws an Error that says what to install.
 */
export async function findRedisProgram(): Promise<RedisProgram> {
  const env = readEnvironment();
  const command = await findOnPath(env.PATH ?? '');
  if (command !== undefined) return { command };
  const program = await redisFromPackages(await usableCacheDir(env.M2FP_CACHE_DIR), () => undefined);
  if (program !== undefined) return program;
  throw new Error(await installAdvice('path', []));
}

async function givenRedis(url: string): Promise<RedisService> {
  const { hostname, port } = new URL(url);
  const address = `${hostname}:${port || 6379}`;
  // Only a connection: a given Redis may want a password or TLS, which its clients know how to handle.
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!(await acceptsConnections({ host, port: Number(port || 6379) }, 5_000))) {
    throw new Error(`Nothing answers at ${address}, the address in REDIS_URL.`);
  }
  return { url, origin: address, embedded: false, stop: async () => undefined };
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stop());
}
