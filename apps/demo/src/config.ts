import { z } from 'zod';

const environmentSchema = z.object({
  /** Set by npm: where the user was when calling `npm run`, which itself goes to the project's root. */
  INIT_CWD: z.string().optional(),
  npm_lifecycle_event: z.string().optional(),
  QUEUE_PREFIX: z.string().optional(),
  M2FP_CACHE_DIR: z.string().optional(),
  LOG_LEVEL: z.string().optional(),
  NO_COLOR: z.string().optional(),
  /** Where a measured application's probe writes; see bench/event-loop-probe.ts. */
  M2FP_PROBE_FILE: z.string().optional(),
});

export interface DemoConfig {
  /** Started by `npm run`. */
  readonly byNpm: boolean;
  /** Relative paths on the command line mean these. */
  readonly workingDir: string;
  readonly queuePrefix: string | undefined;
  readonly cacheDir: string | undefined;
  readonly logLevel: string | undefined;
  readonly color: boolean;
  readonly probeFile: string | undefined;
  /** What child processes start from. */
  readonly environment: NodeJS.ProcessEnv;
}

export function readConfig(environment: NodeJS.ProcessEnv = process.env): DemoConfig {
  const env = environmentSchema.parse(environment);
  const byNpm = env.npm_lifecycle_event !== undefined && env.INIT_CWD !== undefined;
  return {
    byNpm,
    workingDir: byNpm ? (env.INIT_CWD ?? process.cwd()) : process.cwd(),
    queuePrefix: env.QUEUE_PREFIX || undefined,
    cacheDir: env.M2FP_CACHE_DIR || undefined,
    logLevel: env.LOG_LEVEL || undefined,
    color: process.stdout.isTTY && !env.NO_COLOR,
    probeFile: env.M2FP_PROBE_FILE || undefined,
    environment,
  };
}
