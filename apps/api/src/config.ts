import { defaultQueuePrefix, queueName } from '@m2fp/contract';
import { z } from 'zod';
import { prefixFault } from './object-keys.ts';

const mebibyte = 1024 * 1024;

/** A variable that is set but empty counts as not set, as in a compose file's `NAME: ${NAME:-}`. */
function unset(value: unknown): unknown {
  return value === '' ? undefined : value;
}

function text(fallback: string) {
  return z.preprocess(unset, z.string().default(fallback));
}

const optionalText = z.preprocess(unset, z.string().optional());

function integer(fallback: number, least: number, most: number) {
  return z.preprocess(unset, z.coerce.number().int().min(least).max(most).default(fallback));
}

const flag = z.preprocess(unset, z.enum(['true', 'false', '1', '0']).optional()).transform((value) => {
  return value === undefined ? undefined : value === 'true' || value === '1';
});

const prefix = z.string().superRefine((value, context) => {
  const fault = prefixFault(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: `${JSON.stringify(value)}: ${fault}` });
});

/** Comma separated; `*` is the whole bucket, kept as the empty prefix that every key begins with. */
const prefixList = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(z.union([z.literal('*').transform(() => ''), prefix])).min(1));

const environmentSchema = z
  .object({
    HOST: text('127.0.0.1'),
    PORT: integer(5000, 0, 65_535),
    ALLOW_ANONYMOUS: flag,
    LOG_LEVEL: z.preprocess(
      unset,
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    ),
    REDIS_URL: z.preprocess(unset, z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379')),
    QUEUE_PREFIX: text(defaultQueuePrefix),
    MODEL: text('portrait'),
    S3_ENDPOINT: z.preprocess(unset, z.url({ protocol: /^https?$/ }).optional()),
    S3_PUBLIC_ENDPOINT: z.preprocess(unset, z.url({ protocol: /^https?$/ }).optional()),
    S3_REGION: text('us-east-1'),
    S3_BUCKET: z.preprocess(unset, z.string('is needed: the bucket of photos and results').min(3).max(63)),
    S3_FORCE_PATH_STYLE: flag,
    AWS_ACCESS_KEY_ID: optionalText,
    AWS_SECRET_ACCESS_KEY: optionalText,
    AWS_SESSION_TOKEN: optionalText,
    INPUT_PREFIXES: z.preprocess(unset, prefixList.prefault('inputs/,uploads/')),
    UPLOAD_PREFIX: z.preprocess(unset, prefix.default('uploads/')),
    OUTPUT_PREFIX: z.preprocess(unset, prefix.default('results/')),
    OUTPUT_PREFIXES: z.preprocess(unset, prefixList.optional()),
    MAX_IMAGE_BYTES: integer(25 * mebibyte, 1, 1024 * mebibyte),
    MAX_BACKLOG: integer(10_000, 1, 10_000_000),
    MAX_OPEN_BATCHES: integer(1_000, 1, 1_000_000),
    WEBHOOK_ALLOW_LOOPBACK: flag,
    JOB_RETENTION_S: integer(7 * 24 * 3600, 60, 365 * 24 * 3600),
    MAX_SYNC_WAITERS: integer(64, 1, 10_000),
    SYNC_START_TIMEOUT_MS: integer(15_000, 50, 600_000),
    SYNC_TIMEOUT_MS: integer(60_000, 50, 3_600_000),
    MAX_EVENT_STREAMS: integer(1_000, 1, 100_000),
    RESULT_URL_EXPIRY_S: integer(3600, 10, 7 * 24 * 3600),
    UPLOAD_URL_EXPIRY_S: integer(900, 10, 7 * 24 * 3600),
    OTEL_EXPORTER_OTLP_ENDPOINT: optionalText,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optionalText,
    QUEUE_TIMEOUT_MS: integer(2_000, 50, 60_000),
    STORAGE_TIMEOUT_MS: integer(5_000, 50, 60_000),
    UPLOAD_TIMEOUT_MS: integer(120_000, 1_000, 3_600_000),
    SHUTDOWN_TIMEOUT_MS: integer(10_000, 0, 600_000),
  })
  .refine((env) => (env.AWS_ACCESS_KEY_ID === undefined) === (env.AWS_SECRET_ACCESS_KEY === undefined), {
    path: ['AWS_SECRET_ACCESS_KEY'],
    message: 'give both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither',
  });

/** Every fault of the environment, a line each. */
export class ConfigError extends Error {
  constructor(error: z.ZodError) {
    const lines = error.issues.map((issue) => `  ${issue.path[0]?.toString() ?? 'environment'}: ${issue.message}`);
    super(`The configuration is not valid:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The API's settings, from the environment. Throws `ConfigError`. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const parsed = environmentSchema.safeParse(env);
  if (!parsed.success) throw new ConfigError(parsed.error);
  return Object.freeze(shape(parsed.data));
}

export type Config = ReturnType<typeof readConfig>;

function shape(env: z.output<typeof environmentSchema>) {
  return {
    host: env.HOST,
    port: env.PORT,
    /** Let anybody in from anywhere while no API key is configured. */
    allowAnonymous: env.ALLOW_ANONYMOUS ?? false,
    logLevel: env.LOG_LEVEL,
    redis: { url: env.REDIS_URL, commandTimeoutMs: env.QUEUE_TIMEOUT_MS },
    queue: {
      name: queueName(env.MODEL),
      prefix: env.QUEUE_PREFIX,
      timeoutMs: env.QUEUE_TIMEOUT_MS,
      retentionS: env.JOB_RETENTION_S,
    },
    storage: {
      endpoint: env.S3_ENDPOINT,
      publicEndpoint: env.S3_PUBLIC_ENDPOINT,
      region: env.S3_REGION,
      bucket: env.S3_BUCKET,
      // Servers that one runs oneself rarely have a host name for each bucket.
      forcePathStyle: env.S3_FORCE_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
      credentials: credentials(env),
    },
    api: {
      // An upload must be usable as an input, and the default place of results as an output.
      inputPrefixes: [...new Set([...env.INPUT_PREFIXES, env.UPLOAD_PREFIX])],
      uploadPrefix: env.UPLOAD_PREFIX,
      outputPrefix: env.OUTPUT_PREFIX,
      outputPrefixes: [...new Set([...(env.OUTPUT_PREFIXES ?? []), env.OUTPUT_PREFIX])],
      maxImageBytes: env.MAX_IMAGE_BYTES,
      maxBacklog: env.MAX_BACKLOG,
      maxOpenBatches: env.MAX_OPEN_BATCHES,
      webhookRules: { allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK ?? false },
      jobRetentionS: env.JOB_RETENTION_S,
      maxSyncWaiters: env.MAX_SYNC_WAITERS,
      syncStartTimeoutMs: env.SYNC_START_TIMEOUT_MS,
      syncTimeoutMs: env.SYNC_TIMEOUT_MS,
      maxEventStreams: env.MAX_EVENT_STREAMS,
      resultUrlExpiryS: env.RESULT_URL_EXPIRY_S,
      uploadUrlExpiryS: env.UPLOAD_URL_EXPIRY_S,
      storageTimeoutMs: env.STORAGE_TIMEOUT_MS,
      uploadTimeoutMs: env.UPLOAD_TIMEOUT_MS,
    },
    /** The exporter reads where to from the environment itself. */
    isTraced: (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  };
}

function credentials(env: z.output<typeof environmentSchema>) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
