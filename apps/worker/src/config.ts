import { availableParallelism, hostname } from 'node:os';
import { defaultQueuePrefix } from '@m2fp/contract';
import { z } from 'zod';

/** The worker's whole configuration: the environment, read once, checked before anything starts. See docs/worker.md. */

const count = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(min).max(max));

const oneDayS = 86_400;
const milliseconds = count(1, oneDayS * 1_000);
const text = z.string().min(1);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

const environmentSchema = z
  .object({
    REDIS_URL: z
      .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
      .default('redis://127.0.0.1:6379'),
    QUEUE_PREFIX: text.default(defaultQueuePrefix),
    MODEL: text.default('portrait'),
    M2FP_CACHE_DIR: text.optional(),
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    S3_REGION: text.default('us-east-1'),
    S3_BUCKET: z.string('is needed: the bucket of photos and results').min(3).max(63),
    S3_FORCE_PATH_STYLE: flag.optional(),
    AWS_ACCESS_KEY_ID: text.optional(),
    AWS_SECRET_ACCESS_KEY: text.optional(),
    AWS_SESSION_TOKEN: text.optional(),
    WORKER_NAME: text.default(`${hostname()}:${process.pid}`),
    CONCURRENCY: count(1, 64).default(2),
    PARSER_PROCESSES: count(1, 64).default(1),
    THREADS: count(1, 256).optional(),
    JOB_TIMEOUT_MS: milliseconds.default(120_000),
    MODEL_LOAD_TIMEOUT_MS: milliseconds.default(300_000),
    S3_TIMEOUT_MS: milliseconds.default(30_000),
    MAX_IMAGE_BYTES: count(1, 2 ** 30).default(25 * 2 ** 20),
    MAX_IMAGE_PIXELS: count(1, 2 ** 30).optional(),
    MAX_JOBS_PER_CHILD: count(1, 1_000_000).default(200),
    MAX_CHILD_RSS_MB: count(64, 1_000_000).default(4_096),
    CHILD_REFRESH_MS: count(0, 86_400_000).default(10_000),
    LOCK_DURATION_MS: milliseconds.default(30_000),
    STALLED_INTERVAL_MS: milliseconds.default(15_000),
    MAX_STALLED_COUNT: count(0, 100).default(3),
    MAX_STARTED_ATTEMPTS: count(1, 1_000).default(10),
    JOB_RETENTION_S: count(60, 365 * oneDayS).default(7 * oneDayS),
    SHUTDOWN_TIMEOUT_MS: milliseconds.default(20_000),
    LIVENESS_TIMEOUT_MS: milliseconds.default(60_000),
    OTEL_EXPORTER_OTLP_ENDPOINT: text.optional(),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text.optional(),
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

/** What a parser process needs from the outside. Credentials and service addresses are not among it: it decodes what strangers send. */
const parserVariables = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'LOCALAPPDATA',
  'XDG_CACHE_HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'LANG',
  'TZ',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'GLIBC_TUNABLES',
  'NODE_OPTIONS',
  'UV_THREADPOOL_SIZE',
];

export type WorkerConfig = ReturnType<typeof parseConfig>;

/** Throws an Error whose message lists every variable that is missing or wrong, one a line. An empty variable is an absent one. */
export function parseConfig(environment: NodeJS.ProcessEnv = process.env) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) throw new Error(describe(parsed.error));
  const env = parsed.data;
  return Object.freeze({
    logLevel: env.LOG_LEVEL,
    workerName: env.WORKER_NAME,
    model: env.MODEL,
    /** The exporter reads where to from the environment itself. */
    isTraced: (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    queue: queueConfig(env),
    storage: storageConfig(env),
    limits: { maxImageBytes: env.MAX_IMAGE_BYTES, s3TimeoutMs: env.S3_TIMEOUT_MS, jobTimeoutMs: env.JOB_TIMEOUT_MS },
    parsers: parsersConfig(env, given),
    health: { host: env.HOST, port: env.HEALTH_PORT, livenessTimeoutMs: env.LIVENESS_TIMEOUT_MS },
  });
}

type Environment = z.infer<typeof environmentSchema>;

function queueConfig(env: Environment) {
  return {
    redisUrl: env.REDIS_URL,
    prefix: env.QUEUE_PREFIX,
    concurrency: env.CONCURRENCY,
    lockDurationMs: env.LOCK_DURATION_MS,
    stalledIntervalMs: env.STALLED_INTERVAL_MS,
    maxStalledCount: env.MAX_STALLED_COUNT,
    maxStartedAttempts: env.MAX_STARTED_ATTEMPTS,
    retentionS: env.JOB_RETENTION_S,
  };
}

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

function parsersConfig(env: Environment, given: NodeJS.ProcessEnv) {
  return {
    processes: env.PARSER_PROCESSES,
    maxWaiting: env.CONCURRENCY,
    loadTimeoutMs: env.MODEL_LOAD_TIMEOUT_MS,
    maxJobs: env.MAX_JOBS_PER_CHILD,
    maxRssBytes: env.MAX_CHILD_RSS_MB * 2 ** 20,
    refreshAfterMs: env.CHILD_REFRESH_MS,
    model: {
      model: env.MODEL,
      cacheDir: env.M2FP_CACHE_DIR,
      threads: env.THREADS ?? Math.max(1, Math.floor(availableParallelism() / env.PARSER_PROCESSES)),
      maxImageBytes: env.MAX_IMAGE_BYTES,
      maxImagePixels: env.MAX_IMAGE_PIXELS,
    },
    environment: {
      // Two arenas keep RSS from creeping; whoever preloads jemalloc or sets another number has their way.
      MALLOC_ARENA_MAX: given['MALLOC_ARENA_MAX'] ?? '2',
      // Without it the first large array that is freed teaches malloc to keep the next ones, up to 32 MB each.
      MALLOC_MMAP_THRESHOLD_: given['MALLOC_MMAP_THRESHOLD_'] ?? '1048576',
      // Read by onnxruntime as it is loaded; its telemetry is on by default on Linux.
      ORT_DISABLE_TELEMETRY: '1',
      ...Object.fromEntries(parserVariables.flatMap((name) => (name in given ? [[name, given[name]]] : []))),
    } as NodeJS.ProcessEnv,
  };
}

function describe(error: z.ZodError): string {
  const lines = error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  return ['The worker cannot start: these environment variables are missing or wrong.', ...lines].join('\n');
}
