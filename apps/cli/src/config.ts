/** The configuration besides flags: the environment, read once. An empty variable counts as unset. */
import { availableParallelism } from 'node:os';
import { defaultCacheDir } from '@m2fp/core/bundles';
import type { RedisServers } from '@m2fp/service/redis';
import {
  modelSettings,
  prefixSettings,
  readSettings,
  redisSettings,
  s3Settings,
  type SettingsOf,
} from '@m2fp/service/settings';
import { z } from 'zod';

const terminalSettings = z.object({
  NO_COLOR: z.string().optional(),
  M2FP_DEBUG: z.string().optional(),
  TERM: z.string().optional(),
  CI: z.string().optional(),
  M2FP_API_KEY: z.string().optional(),
});

type Prefixes = SettingsOf<{ prefixes: typeof prefixSettings }>['prefixes'];

export interface CliConfig {
  readonly cacheDir: string;
  /** The default of `--threads`. */
  readonly threads: number;
  /** Where the API's keys are. */
  readonly redis: RedisServers & { readonly prefix: string };
  /** As the API has them: where owners have their folders. */
  readonly prefixes: Prefixes;
  /** The default of `--api-key`. */
  readonly apiKey: string | undefined;
  readonly color: boolean;
  /** Whether standard error is a terminal in which lines can be drawn again. */
  readonly isLive: boolean;
  /** Show stack traces. */
  readonly debug: boolean;
  /** Of other programs: what was given to this one. */
  readonly environment: NodeJS.ProcessEnv;
  /** The environment of a process that parses, the same as the worker's. */
  readonly parserEnvironment: NodeJS.ProcessEnv;
}

/** By `npx` or `npm run`. When that is killed, nobody else tells the program. */
export function isRunByNpm({ npm_lifecycle_event: event }: NodeJS.ProcessEnv = process.env): boolean {
  return event !== undefined && event !== '';
}

/** Throws `ConfigError`, which names each variable that is wrong. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const fragments = {
    model: modelSettings,
    redis: redisSettings,
    prefixes: prefixSettings,
    terminal: terminalSettings,
  };
  const { model, redis, prefixes, terminal } = readSettings('command', fragments, environment);
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return {
    cacheDir: model.cacheDir ?? defaultCacheDir(),
    threads: model.threads ?? availableParallelism(),
    redis,
    prefixes,
    apiKey: terminal.M2FP_API_KEY,
    color: process.stdout.isTTY && terminal.NO_COLOR === undefined,
    isLive: process.stderr.isTTY && terminal.TERM !== 'dumb' && terminal.CI === undefined,
    debug: terminal.M2FP_DEBUG !== undefined,
    environment: given,
    parserEnvironment: {
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ...given,
      ORT_DISABLE_TELEMETRY: '1',
    },
  };
}

/** Read when a bucket is named, and only then. Throws `ConfigError`. */
export function readBucketSettings(
  bucket: string,
  environment: NodeJS.ProcessEnv = process.env,
): SettingsOf<{ s3: ReturnType<typeof s3Settings> }>['s3'] {
  const named = { ...environment, S3_BUCKET: bucket };
  return readSettings('command', { s3: s3Settings({ timeoutMs: 30_000 }) }, named).s3;
}
