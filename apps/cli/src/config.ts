import { availableParallelism } from 'node:os';
import { defaultCacheDir } from '@m2fp/compiler/bundles';
import { defaultQueuePrefix } from '@m2fp/contract';
import { z } from 'zod';

/**
 * The command line's configuration besides its flags: the environment, read once. An empty variable counts as unset.
 */
const environmentSchema = z.object({
  M2FP_CACHE_DIR: z.string().optional(),
  THREADS: z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(256))
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .default('redis://127.0.0.1:6379'),
  QUEUE_PREFIX: z.string().default(defaultQueuePrefix),
  NO_COLOR: z.string().optional(),
  M2FP_DEBUG: z.string().optional(),
});

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

/** Throws an Error that names each invalid variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) throw new Error(`The environment is not valid:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  return {
    cacheDir: env.M2FP_CACHE_DIR ?? defaultCacheDir(),
    threads: env.THREADS ?? availableParallelism(),
    redis: { url: env.REDIS_URL, prefix: env.QUEUE_PREFIX },
    color: process.stdout.isTTY && env.NO_COLOR === undefined,
    debug: env.M2FP_DEBUG !== undefined,
    parserEnvironment: {
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ...given,
      ORT_DISABLE_TELEMETRY: '1',
    },
  };
}
