/** The dispatcher's settings, from the environment. See docs/webhooks.md and docs/batches.md. */
import { webhookScheduleMs, webhookTimeoutMs } from '@m2fp/contract';
import {
  logSettings,
  ConfigError,
  milliseconds,
  moreModels,
  prefixSettings,
  probeSettings,
  queueSettings,
  readSettings,
  redisSettings,
  s3Settings,
  shareSettings,
  shutdownSettings,
  webhookRules,
  wholeNumber,
  type SettingsOf,
} from '@m2fp/service/settings';
import { z } from 'zod';

/** Seconds, comma separated. */
const schedule = z
  .string()
  .regex(/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/, 'must be seconds, separated by commas')
  .transform((value) => value.split(',').map((part) => Number(part) * 1_000));

const batchSettings = z
  .object({
    BATCH_CONCURRENCY: wholeNumber(1, 10_000).default(100),
    BATCH_WINDOW: wholeNumber(1, 10_000).default(200),
    BATCH_MAX_PHOTOS: wholeNumber(1, 10_000_000).default(100_000),
    RECONCILE_INTERVAL_MS: milliseconds(50).default(15_000),
  })
  .transform((env) => ({
    concurrency: env.BATCH_CONCURRENCY,
    window: env.BATCH_WINDOW,
    maxPhotos: env.BATCH_MAX_PHOTOS,
    reconcileMs: env.RECONCILE_INTERVAL_MS,
  }));

const webhookSettings = z
  .object({
    WEBHOOK_CONCURRENCY: wholeNumber(1, 10_000).default(100),
    RECEIVER_DELIVERIES_AT_ONCE: wholeNumber(1, 10_000).default(5),
    WEBHOOK_SCHEDULE_S: schedule.default([...webhookScheduleMs]),
    WEBHOOK_TIMEOUT_MS: milliseconds().default(webhookTimeoutMs),
  })
  .transform((env) => ({
    concurrency: env.WEBHOOK_CONCURRENCY,
    perReceiver: env.RECEIVER_DELIVERIES_AT_ONCE,
    scheduleMs: env.WEBHOOK_SCHEDULE_S,
    timeoutMs: env.WEBHOOK_TIMEOUT_MS,
  }));

const longestS = 3_650 * 86_400;

/** How long objects stay in the bucket, if the service is to remove them itself. */
const retentionSettings = z
  .object({
    RESULT_RETENTION_S: wholeNumber(1, longestS).optional(),
    UPLOAD_RETENTION_S: wholeNumber(1, longestS).optional(),
    SWEEP_INTERVAL_MS: milliseconds(50).default(60_000),
  })
  .transform((env) => ({
    resultsS: env.RESULT_RETENTION_S,
    uploadsS: env.UPLOAD_RETENTION_S,
    sweepMs: env.SWEEP_INTERVAL_MS,
  }));

const fragments = {
  log: logSettings,
  redis: redisSettings,
  queue: queueSettings,
  models: moreModels,
  s3: s3Settings({ timeoutMs: 30_000 }),
  prefixes: prefixSettings,
  retention: retentionSettings,
  batches: batchSettings,
  webhooks: webhookSettings,
  webhookRules,
  shares: shareSettings(['deliveries', 'retained_jobs', 'retained_bytes']),
  probes: probeSettings,
  shutdown: shutdownSettings({ timeoutMs: 20_000 }),
};

export type DispatcherConfig = SettingsOf<typeof fragments>;

/** Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): DispatcherConfig {
  const config = readSettings('dispatcher', fragments, environment);
  assertOwnPrefixes(config);
  return config;
}

/** What is removed by age must be nothing but what it is called. Throws `ConfigError`. */
function assertOwnPrefixes({ prefixes, retention }: DispatcherConfig): void {
  const { inputPrefixes, uploadPrefix, outputPrefix, outputPrefixes } = prefixes;
  const swept = [
    { name: 'RESULT_RETENTION_S', isOn: retention.resultsS !== undefined, prefix: outputPrefix, others: inputPrefixes },
    {
      ...{ name: 'UPLOAD_RETENTION_S', isOn: retention.uploadsS !== undefined, prefix: uploadPrefix },
      others: [...inputPrefixes.filter((prefix) => prefix !== uploadPrefix), ...outputPrefixes],
    },
  ];
  for (const { name, isOn, prefix, others } of swept) {
    const inside = others.find((other) => other.startsWith(prefix));
    if (!isOn || inside === undefined) continue;
    throw new ConfigError(`The dispatcher cannot start: ${name} would remove what is under ${inside}, too.`);
  }
}
