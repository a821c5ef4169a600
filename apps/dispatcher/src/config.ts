import { defaultQueuePrefix, queueName, webhookScheduleMs, webhookTimeoutMs } from '@m2fp/contract';
import { z } from 'zod';

/** The dispatcher's whole configuration: the environment, read once, checked before anything starts. See docs/webhooks.md and docs/batches.md. */

const oneDayS = 86_400;
const count = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(min).max(max));
const text = z.string().min(1);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

/** Seconds, comma separated. */
const schedule = z
  .string()
  .regex(/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/, 'must be seconds, separated by commas')
  .transform((value) => value.split(',').map((part) => Number(part) * 1_000));

const environmentSchema = z
  .object({
    REDIS_URL: z
      .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
      .default('redis://127.0.0.1:6379'),
    QUEUE_PREFIX: text.default(defaultQueuePrefix),
    MODEL: text.default('portrait'),
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    S3_REGION: text.default('us-east-1'),
    S3_BUCKET: z.string('is needed: the bucket of photos and results').min(3).max(63),
    S3_FORCE_PATH_STYLE: flag.optional(),
    AWS_ACCESS_KEY_ID: text.optional(),
    AWS_SECRET_ACCESS_KEY: text.optional(),
    AWS_SESSION_TOKEN: text.optional(),
    S3_TIMEOUT_MS: count(1, oneDayS * 1_000).default(30_000),
    JOB_RETENTION_S: count(60, 365 * oneDayS).default(7 * oneDayS),
    BATCH_CONCURRENCY: count(1, 10_000).default(100),
    BATCH_WINDOW: count(1, 10_000).default(200),
    BATCH_MAX_PHOTOS: count(1, 10_000_000).default(100_000),
    WEBHOOK_CONCURRENCY: count(1, 10_000).default(100),
    WEBHOOK_SCHEDULE_S: schedule.default([...webhookScheduleMs]),
    WEBHOOK_TIMEOUT_MS: count(1, 600_000).default(webhookTimeoutMs),
    WEBHOOK_ALLOW_LOOPBACK: flag.default(false),
    RECONCILE_INTERVAL_MS: count(50, 3_600_000).default(15_000),
    SHUTDOWN_TIMEOUT_MS: count(1, 600_000).default(20_000),
    HOST: text.default('127.0.0.1'),
    HEALTH_PORT: count(0, 65_535).default(0),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .superRefine((env, context) => {
    if ((env.AWS_ACCESS_KEY_ID === undefined) !== (env.AWS_SECRET_ACCESS_KEY === undefined)) {
      const missing = env.AWS_ACCESS_KEY_ID === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
      context.addIssue({ code: 'custom', path: [missing], message: 'is needed beside the other half of the key' });
    }
  });

export type DispatcherConfig = ReturnType<typeof parseConfig>;

/** Throws an Error whose message lists every variable that is missing or wrong, one a line. An empty variable is an absent one. */
export function parseConfig(environment: NodeJS.ProcessEnv = process.env) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) throw new Error(describe(parsed.error));
  const env = parsed.data;
  return Object.freeze({
    logLevel: env.LOG_LEVEL,
    redisUrl: env.REDIS_URL,
    prefix: env.QUEUE_PREFIX,
    parseQueue: queueName(env.MODEL),
    retentionS: env.JOB_RETENTION_S,
    reconcileMs: env.RECONCILE_INTERVAL_MS,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    storage: storageConfig(env),
    s3TimeoutMs: env.S3_TIMEOUT_MS,
    batches: { concurrency: env.BATCH_CONCURRENCY, window: env.BATCH_WINDOW, maxPhotos: env.BATCH_MAX_PHOTOS },
    webhooks: {
      concurrency: env.WEBHOOK_CONCURRENCY,
      scheduleMs: env.WEBHOOK_SCHEDULE_S,
      timeoutMs: env.WEBHOOK_TIMEOUT_MS,
      rules: { allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK },
    },
    health: { host: env.HOST, port: env.HEALTH_PORT },
  });
}

type Environment = z.infer<typeof environmentSchema>;

function storageConfig(env: Environment) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  return {
    region: env.S3_REGION,
    bucket: env.S3_BUCKET,
    // Servers that one runs oneself rarely have a host name for each bucket.
    forcePathStyle: env.S3_FORCE_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
    ...(env.S3_ENDPOINT === undefined ? {} : { endpoint: env.S3_ENDPOINT }),
    // Without a key of its own the SDK looks where it always does: profile, container or instance role.
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) } }),
  };
}

function describe(error: z.ZodError): string {
  const lines = error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  return ['The dispatcher cannot start: these environment variables are missing or wrong.', ...lines].join('\n');
}
