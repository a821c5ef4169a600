/** The API's settings, read from the environment once, before anything starts. See docs/api.md. */
import {
  flag,
  httpSettings,
  imageSettings,
  logSettings,
  milliseconds,
  moreModels,
  prefixSettings,
  queueSettings,
  readSettings,
  redisSettings,
  s3Settings,
  shareSettings,
  shutdownSettings,
  tracingSettings,
  url,
  inputUrlSettings,
  webhookRules,
  wholeNumber,
  type SettingsOf,
} from '@m2fp/service/settings';
import { shareNames } from '@m2fp/contract';
import { z } from 'zod';
import { hostName } from './access/same-machine.ts';
import { ownPlaces, parseBasePath } from './http/base-path.ts';
import type { ApiSettings } from './deps.ts';

const weekS = 7 * 24 * 3600;

/** How much is accepted, and how long things may take. */
const limitSettings = z
  .object({
    MAX_BACKLOG: wholeNumber(1, 10_000_000).default(10_000),
    MAX_OPEN_BATCHES: wholeNumber(1, 1_000_000).default(1_000),
    MAX_SYNC_WAITERS: wholeNumber(1, 10_000).default(64),
    // `POST /parse`: for a worker to take the job; from then on, for the job to end.
    SYNC_START_TIMEOUT_MS: milliseconds(50).default(15_000),
    SYNC_TIMEOUT_MS: milliseconds(50).default(60_000),
    MAX_EVENT_STREAMS: wholeNumber(1, 100_000).default(1_000),
    RESULT_URL_EXPIRY_S: wholeNumber(10, weekS).default(3600),
    UPLOAD_URL_EXPIRY_S: wholeNumber(10, weekS).default(900),
    UPLOAD_TIMEOUT_MS: milliseconds(1_000).default(120_000),
  })
  .transform((env) => ({
    maxBacklog: env.MAX_BACKLOG,
    maxOpenBatches: env.MAX_OPEN_BATCHES,
    maxSyncWaiters: env.MAX_SYNC_WAITERS,
    syncStartTimeoutMs: env.SYNC_START_TIMEOUT_MS,
    syncTimeoutMs: env.SYNC_TIMEOUT_MS,
    maxEventStreams: env.MAX_EVENT_STREAMS,
    resultUrlExpiryS: env.RESULT_URL_EXPIRY_S,
    uploadUrlExpiryS: env.UPLOAD_URL_EXPIRY_S,
    uploadTimeoutMs: env.UPLOAD_TIMEOUT_MS,
  }));

/** Comma separated, without ports. */
const hostList = z.string().transform((value, context) => {
  const names = value.split(',').map((name) => name.trim());
  const hosts = names.map((name) => (/:\d+$/.test(name) ? undefined : hostName(name)));
  if (!hosts.includes(undefined)) return hosts.filter((host) => host !== undefined);
  context.addIssue({ code: 'custom', message: 'must be host names, such as `api, photos.example`' });
  return z.NEVER;
});

const accessSettings = z
  .object({
    ALLOW_ANONYMOUS: flag.default(false),
    ALLOWED_HOSTS: hostList.default([]),
    QUEUE_TIMEOUT_MS: milliseconds(50).default(2_000),
    S3_PUBLIC_ENDPOINT: url(['http', 'https']).optional(),
  })
  .transform((env) => ({
    /** Let anyone in from anywhere while no API key is configured. */
    allowAnonymous: env.ALLOW_ANONYMOUS,
    /** Names by which the API may be called without a key, besides this machine's. */
    allowedHosts: env.ALLOWED_HOSTS,
    /** Per call to Redis. */
    queueTimeoutMs: env.QUEUE_TIMEOUT_MS,
    /** Where clients reach S3, for presigned URLs. */
    publicEndpoint: env.S3_PUBLIC_ENDPOINT,
  }));

const basePath = z.string().transform((value, context) => {
  const path = parseBasePath(value);
  if (path !== undefined) return path;
  const message = `must be a path such as \`/m2fp\`, and not begin with ${[...ownPlaces].join(', ')}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Comma separated, as browsers send them: scheme, host and, unless it is the scheme's own, port. */
const originList = z.string().transform((value, context) => {
  const texts = value.split(',').map((text) => text.trim());
  const isOrigin = (text: string): boolean => /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text;
  if (texts.every(isOrigin)) return texts;
  context.addIssue({ code: 'custom', message: 'must be origins, such as `https://shop.example`, without paths or *' });
  return z.NEVER;
});

/** How browsers reach the API. */
const webSettings = z
  .object({ BASE_PATH: basePath.default(''), CORS_ORIGINS: originList.default([]) })
  .transform((env) => ({ basePath: env.BASE_PATH, corsOrigins: env.CORS_ORIGINS }));

const fragments = {
  log: logSettings,
  http: httpSettings,
  access: accessSettings,
  web: webSettings,
  redis: redisSettings,
  queue: queueSettings,
  models: moreModels,
  s3: s3Settings({ timeoutMs: 5_000 }),
  prefixes: prefixSettings,
  image: imageSettings,
  limits: limitSettings,
  shares: shareSettings(shareNames),
  inputUrls: inputUrlSettings,
  webhookRules,
  tracing: tracingSettings,
  shutdown: shutdownSettings({ timeoutMs: 10_000 }),
};

export type Config = SettingsOf<typeof fragments>;

/** Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return readSettings('API', fragments, environment);
}

/** The settings that the routes need. */
export function apiSettings(config: Config): ApiSettings {
  const { prefixes, limits, image, queue, s3, web, webhookRules: rules, inputUrls } = config;
  return {
    ...web,
    allowedHosts: allowedHosts(config),
    ...prefixes,
    ...limits,
    maxImageBytes: image.maxBytes,
    jobRetentionS: queue.retentionS,
    storageTimeoutMs: s3.timeoutMs,
    webhookRules: rules,
    inputUrls,
  };
}

const anyAddress: ReadonlySet<string | undefined> = new Set(['0.0.0.0', '[::]', undefined]);

/** An address of this machine that the API listens on is also a name for it. */
function allowedHosts({ access, http: { host } }: Config): readonly string[] {
  const name = hostName(host.includes(':') ? `[${host}]` : host);
  return name === undefined || anyAddress.has(name) ? access.allowedHosts : [...access.allowedHosts, name];
}
