/** The worker's settings, read from the environment once, before anything starts. See docs/worker.md. */
import { availableParallelism, hostname } from 'node:os';
import {
  imageSettings,
  inputUrlSettings,
  logSettings,
  milliseconds,
  modelSettings,
  probeSettings,
  queueSettings,
  readSettings,
  redisSettings,
  s3Settings,
  shareSettings,
  shutdownSettings,
  text,
  tracingSettings,
  wholeNumber,
  type SettingsOf,
} from '@m2fp/service/settings';
import { z } from 'zod';

const longestRefreshMs = 86_400_000;

/** How jobs are taken from the queue, and for how long each thing may take. */
const jobSettings = z
  .object({
    WORKER_NAME: text.default(`${hostname()}:${process.pid}`),
    CONCURRENCY: wholeNumber(1, 64).default(2),
    JOB_TIMEOUT_MS: milliseconds().default(120_000),
    LOCK_DURATION_MS: milliseconds().default(30_000),
    STALLED_INTERVAL_MS: milliseconds().default(15_000),
    MAX_STALLED_COUNT: wholeNumber(0, 100).default(3),
    MAX_STARTED_ATTEMPTS: wholeNumber(1, 1_000).default(20),
    LIVENESS_TIMEOUT_MS: milliseconds().default(60_000),
  })
  .transform((env) => ({
    workerName: env.WORKER_NAME,
    concurrency: env.CONCURRENCY,
    timeoutMs: env.JOB_TIMEOUT_MS,
    lockDurationMs: env.LOCK_DURATION_MS,
    stalledIntervalMs: env.STALLED_INTERVAL_MS,
    maxStalledCount: env.MAX_STALLED_COUNT,
    maxStartedAttempts: env.MAX_STARTED_ATTEMPTS,
    livenessTimeoutMs: env.LIVENESS_TIMEOUT_MS,
  }));

/** In no range that systems give to accounts by themselves. */
const parserUid = 59_999;
const longestId = 2 ** 32 - 2;

/** The processes that parse. */
const parserSettings = z
  .object({
    PARSER_PROCESSES: wholeNumber(1, 64).default(1),
    MODEL_LOAD_TIMEOUT_MS: milliseconds().default(300_000),
    MAX_JOBS_PER_CHILD: wholeNumber(1, 1_000_000).default(200),
    MAX_CHILD_RSS_MB: wholeNumber(64, 1_000_000).default(4_096),
    CHILD_REFRESH_MS: wholeNumber(0, longestRefreshMs).default(10_000),
    MAX_IMAGE_PIXELS: wholeNumber(1, 2 ** 30).optional(),
    PARSER_SANDBOX: z.enum(['auto', 'strict', 'off'], { error: 'must be auto, strict or off' }).default('auto'),
    PARSER_UID: wholeNumber(1, longestId).default(parserUid),
    PARSER_GID: wholeNumber(1, longestId).optional(),
  })
  .transform((env) => ({
    processes: env.PARSER_PROCESSES,
    loadTimeoutMs: env.MODEL_LOAD_TIMEOUT_MS,
    maxJobs: env.MAX_JOBS_PER_CHILD,
    maxRssBytes: env.MAX_CHILD_RSS_MB * 2 ** 20,
    refreshAfterMs: env.CHILD_REFRESH_MS,
    maxImagePixels: env.MAX_IMAGE_PIXELS,
    sandbox: { mode: env.PARSER_SANDBOX, uid: env.PARSER_UID, gid: env.PARSER_GID ?? env.PARSER_UID },
  }));

/**
 * The whole environment of a parser process. Credentials and addresses of services are not in it: it decodes what
 * strangers send.
 */
const parserEnvironment = z
  .object({
    ...Object.fromEntries(
      [
        ...['PATH', 'HOME', 'USERPROFILE', 'LOCALAPPDATA', 'XDG_CACHE_HOME', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT'],
        ...['LANG', 'TZ', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'GLIBC_TUNABLES', 'NODE_OPTIONS', 'UV_THREADPOOL_SIZE'],
      ].map((name) => [name, z.string().optional()]),
    ),
    // Two arenas keep RSS from creeping up; a value from the environment, or a preloaded jemalloc, takes precedence.
    MALLOC_ARENA_MAX: z.string().default('2'),
    // Without it, freeing the first large array makes malloc keep the next ones, up to 32 MB each.
    MALLOC_MMAP_THRESHOLD_: z.string().default('1048576'),
  })
  // Read by onnxruntime when it loads; its telemetry is on by default on Linux.
  .transform((env): NodeJS.ProcessEnv => ({ ...env, ORT_DISABLE_TELEMETRY: '1' }));

/** How long a photo may take to arrive from its URL. */
const inputUrlTimes = z
  .object({ INPUT_URL_TIMEOUT_MS: milliseconds().default(15_000) })
  .transform((env) => ({ timeoutMs: env.INPUT_URL_TIMEOUT_MS }));

const fragments = {
  log: logSettings,
  redis: redisSettings,
  queue: queueSettings,
  jobs: jobSettings,
  s3: s3Settings({ timeoutMs: 30_000 }),
  image: imageSettings,
  inputUrls: inputUrlSettings,
  inputUrlTimes,
  parsers: parserSettings,
  model: modelSettings,
  parserEnvironment,
  shares: shareSettings(['retained_jobs', 'retained_bytes']),
  probes: probeSettings,
  tracing: tracingSettings,
  shutdown: shutdownSettings({ timeoutMs: 20_000 }),
};

export type WorkerConfig = SettingsOf<typeof fragments>;

/** Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  return readSettings('worker', fragments, environment);
}

/** Threads of each parser process: the machine's cores are shared among them unless `THREADS` says otherwise. */
export function threadsPerParser({ model, parsers }: Pick<WorkerConfig, 'model' | 'parsers'>): number {
  return model.threads ?? Math.max(1, Math.floor(availableParallelism() / parsers.processes));
}
