/** The settings that several processes have: one name, one parser, one default unless a process gives its own. */
import { bounds, isModelName, modelName, ownerShares, photoLimits, prefixFault, type ShareName } from '@m2fp/contract';
import { z } from 'zod';
import { redisFaults, redisServers } from './redis-servers.ts';
import { s3Bucket, s3Faults } from './s3-bucket.ts';
import { addressList, flag, milliseconds, pemFile, renamedTo, text, url, wholeNumber } from './variables.ts';

const dayS = 86_400;

/** How Redis is reached, and where everything is in it. */
export const redisSettings = z
  .object({
    REDIS_URL: url(['redis', 'rediss']).default('redis://127.0.0.1:6379'),
    REDIS_SENTINELS: addressList(26_379).optional(),
    REDIS_SENTINEL_NAME: text.default('mymaster'),
    REDIS_SENTINEL_USERNAME: text.optional(),
    REDIS_SENTINEL_PASSWORD: text.optional(),
    REDIS_SENTINEL_TLS: flag.optional(),
    REDIS_CLUSTER: z.union([flag, addressList(6_379)]).default(false),
    REDIS_TLS_CA_FILE: pemFile.optional(),
    REDIS_TLS_CERT_FILE: pemFile.optional(),
    REDIS_TLS_KEY_FILE: pemFile.optional(),
    QUEUE_PREFIX: text.optional(),
  })
  .superRefine((env, context) => {
    for (const [name, message] of redisFaults(env)) context.addIssue({ code: 'custom', path: [name], message });
  })
  .transform(redisServers);

/** The queue of one model. */
export const queueSettings = z
  .object({
    MODEL: text
      .refine((model) => isModelName(modelName(model)), `has more than ${bounds.modelName.max} characters`)
      .default('portrait'),
    JOB_RETENTION_S: wholeNumber(60, 365 * dayS).default(7 * dayS),
    JOB_RETENTION_COUNT: wholeNumber(1, 100_000_000).default(250_000),
  })
  .transform((env) => ({
    model: env.MODEL,
    /** Seconds that a job is kept after it ends. */
    retentionS: env.JOB_RETENTION_S,
    /** Jobs that are kept, of all owners: so many that succeeded, and so many that did not. */
    retentionCount: env.JOB_RETENTION_COUNT,
  }));

/** Names of models besides `MODEL`, comma separated, that are there before any of their workers was. */
export const moreModels = z
  .object({
    MODELS: z
      .string()
      .transform((value) => value.split(',').map((name) => modelName(name.trim())))
      .pipe(z.array(z.string().refine(isModelName, 'must be names of models, such as `people,portrait`')))
      .pipe(z.array(z.string()).max(bounds.models.max))
      .default([]),
  })
  .transform((env) => ({ names: env.MODELS }));

/** Object storage, and how long one call to it may take. */
export function s3Settings(defaults: { readonly timeoutMs: number }) {
  return z
    .object({
      S3_ENDPOINT: url(['http', 'https']).optional(),
      S3_REGION: text.default('us-east-1'),
      S3_BUCKET: z.string('is needed: the bucket of photos and results').min(3).max(63),
      S3_FORCE_PATH_STYLE: flag.optional(),
      S3_CHECKSUMS: flag.default(false),
      S3_SSE: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']).optional(),
      S3_SSE_KMS_KEY_ID: text.optional(),
      S3_SSE_BUCKET_KEY: flag.optional(),
      AWS_ACCESS_KEY_ID: text.optional(),
      AWS_SECRET_ACCESS_KEY: text.optional(),
      AWS_SESSION_TOKEN: text.optional(),
      // What they hold is above already; this is where it is read again.
      AWS_ACCESS_KEY_ID_FILE: text.optional(),
      AWS_SECRET_ACCESS_KEY_FILE: text.optional(),
      AWS_SESSION_TOKEN_FILE: text.optional(),
      S3_TIMEOUT_MS: milliseconds().default(defaults.timeoutMs),
      STORAGE_TIMEOUT_MS: renamedTo('S3_TIMEOUT_MS'),
    })
    .superRefine((env, context) => {
      for (const [name, message] of s3Faults(env)) context.addIssue({ code: 'custom', path: [name], message });
    })
    .transform((env) => ({ storage: s3Bucket(env), timeoutMs: env.S3_TIMEOUT_MS }));
}

const prefix = z.string().superRefine((value, context) => {
  const fault = prefixFault(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: `${JSON.stringify(value)}: ${fault}` });
});

/** Comma separated; `*` is the whole bucket, kept as the empty prefix that every key begins with. */
const prefixList = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(z.union([z.literal('*').transform(() => ''), prefix])).min(1));

/** Where requests may read and write in the bucket. */
export const prefixSettings = z
  .object({
    INPUT_PREFIXES: prefixList.prefault('inputs/,uploads/'),
    UPLOAD_PREFIX: prefix.default('uploads/'),
    OUTPUT_PREFIX: prefix.default('results/'),
    OUTPUT_PREFIXES: prefixList.default([]),
  })
  .transform((env) => ({
    // An upload must be usable as an input, and the default results prefix as an output.
    inputPrefixes: [...new Set([...env.INPUT_PREFIXES, env.UPLOAD_PREFIX])],
    uploadPrefix: env.UPLOAD_PREFIX,
    outputPrefix: env.OUTPUT_PREFIX,
    outputPrefixes: [...new Set([...env.OUTPUT_PREFIXES, env.OUTPUT_PREFIX])],
  }));

/** The largest photo, uploaded or in S3. */
export const imageSettings = z
  .object({ MAX_IMAGE_BYTES: wholeNumber(1, 2 ** 30).default(photoLimits.maxBytes) })
  .transform((env) => ({ maxBytes: env.MAX_IMAGE_BYTES }));

/** What each owner may have, unless a key says otherwise: the shares that the process enforces. */
export function shareSettings<Name extends ShareName>(names: readonly Name[]) {
  const shape = Object.fromEntries(
    names.map((name) => [
      ownerShares[name].setting,
      wholeNumber(1, ownerShares[name].most).default(ownerShares[name].default),
    ]),
  );
  return z
    .object(shape)
    .transform(
      (env) => Object.fromEntries(names.map((name) => [name, env[ownerShares[name].setting]])) as Record<Name, number>,
    );
}

/** Where webhooks may go. */
export const webhookRules = z
  .object({ WEBHOOK_ALLOW_LOOPBACK: flag.default(false) })
  .transform((env) => ({ allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK }));

/** Which photos may be fetched by URL, those of public addresses, of this machine too (for development), or none. */
export const inputUrlSettings = z
  .object({
    INPUT_URLS: z.enum(['public', 'loopback', 'off'], { error: 'must be public, loopback or off' }).default('public'),
  })
  .transform(({ INPUT_URLS: mode }) => ({
    /** Undefined: no URL at all. */
    rules: mode === 'off' ? undefined : { allowLoopback: mode === 'loopback' },
  }));

/** Where a model's bundle is kept, and how many threads compute. */
export const modelSettings = z
  .object({ M2FP_CACHE_DIR: text.optional(), THREADS: wholeNumber(1, 256).optional() })
  .transform((env) => ({ cacheDir: env.M2FP_CACHE_DIR, threads: env.THREADS }));

const host = text.default('127.0.0.1');
const port = wholeNumber(0, 65_535);

/** Where the API listens. Port 0 picks a free one. */
export const httpSettings = z
  .object({ HOST: host, PORT: port.default(5000) })
  .transform((env) => ({ host: env.HOST, port: env.PORT }));

/** Where a process without an HTTP interface serves its probes and figures. Port 0 picks a free one. */
export const probeSettings = z
  .object({ HOST: host, HEALTH_PORT: port.default(0) })
  .transform((env) => ({ host: env.HOST, port: env.HEALTH_PORT }));

export const logSettings = z
  .object({ LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info') })
  .transform((env) => ({ level: env.LOG_LEVEL }));

/** Whether traces are sent. The exporter itself reads the destination from the environment. */
export const tracingSettings = z
  .object({ OTEL_EXPORTER_OTLP_ENDPOINT: text.optional(), OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text.optional() })
  .transform((env) => ({
    isEnabled: (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
  }));

/** How long work in progress may take to finish once the process is told to stop. */
export function shutdownSettings(defaults: { readonly timeoutMs: number }) {
  return z
    .object({ SHUTDOWN_TIMEOUT_MS: milliseconds(0).default(defaults.timeoutMs) })
    .transform((env) => ({ timeoutMs: env.SHUTDOWN_TIMEOUT_MS }));
}
