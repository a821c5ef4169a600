/** The command line's configuration beside its flags: the environment, read once. An empty variable counts as not set. */
import { availableParallelism } from 'node:os';
import { defaultCacheDir } from '@m2fp/compiler/bundles';
import { modelSettings, readSettings, redisSettings } from '@m2fp/service/settings';
import { z } from 'zod';

const terminalSettings = z.object({ NO_COLOR: z.string().optional(), M2FP_DEBUG: z.string().optional() });

export interface CliConfig {
  readonly cacheDir: string;
  /** The default of `--threads`. */
  readonly threads: number;
  /** Where the API's keys are. */
  readonly redis: { readonly url: string; readonly prefix: string };
  readonly color: boolean;
  /** Show stack traces. */
  readonly debug: boolean;
  /** The environment of a process that parses, the same as the worker's. */
  readonly parserEnvironment: NodeJS.ProcessEnv;
}

/** Throws `ConfigError`, which names each variable that is wrong. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const fragments = { model: modelSettings, redis: redisSettings, terminal: terminalSettings };
  const { model, redis, terminal } = readSettings('command', fragments, environment);
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return {
    cacheDir: model.cacheDir ?? defaultCacheDir(),
    threads: model.threads ?? availableParallelism(),
    redis,
    color: process.stdout.isTTY && terminal.NO_COLOR === undefined,
    debug: terminal.M2FP_DEBUG !== undefined,
    parserEnvironment: {
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ...given,
      ORT_DISABLE_TELEMETRY: '1',
    },
  };
}
