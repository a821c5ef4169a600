import { z } from 'zod';

/** An empty variable counts as unset. */
const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const environmentSchema = z.object({
  REDIS_URL: text,
  REDIS_FROM: z.enum(['path', 'container', 'packages', '']).optional(),
  REDIS_IMAGE: text,
  QUEUE_PREFIX: text,
  M2FP_CACHE_DIR: text,
  LOG_LEVEL: text,
  S3_ENDPOINT: text,
  S3_REGION: text,
  S3_BUCKET: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  TESTCONTAINERS_RYUK_DISABLED: text,
  DOCKER_HOST: text,
  XDG_RUNTIME_DIR: text,
  HOME: text,
  PATH: text,
  NO_COLOR: text,
  TERM: text,
  CI: text,
  /** Set by npm: where the user called `npm run`, which itself changes to the project's root. */
  INIT_CWD: text,
  npm_lifecycle_event: text,
});

export type DevServicesEnvironment = z.infer<typeof environmentSchema>;

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): DevServicesEnvironment {
  return environmentSchema.parse(env);
}

/** How the user started this command. */
export interface Invocation {
  /** By `npm run`. */
  readonly byNpm: boolean;
  /** What relative paths on the command line are relative to. */
  readonly workingDir: string;
  /** Standard output is a terminal that may show color. */
  readonly color: boolean;
  /** Standard error is a terminal in which lines can be drawn again. */
  readonly isLive: boolean;
}

export function readInvocation(): Invocation {
  const env = readEnvironment();
  const npmDir = env.npm_lifecycle_event === undefined ? undefined : env.INIT_CWD;
  const color = process.stdout.isTTY && env.NO_COLOR === undefined;
  const isLive = process.stderr.isTTY && env.TERM !== 'dumb' && env.CI === undefined;
  return { byNpm: npmDir !== undefined, workingDir: npmDir ?? process.cwd(), color, isLive };
}
