/** The dispatcher's settings, from the environment. See docs/webhooks.md and docs/batches.md. */
import { webhookScheduleMs, webhookTimeoutMs } from '@m2fp/contract';
import {
  logSettings,
  milliseconds,
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

const fragments = {
  log: logSettings,
  redis: redisSettings,
  queue: queueSettings,
  s3: s3Settings({ timeoutMs: 30_000 }),
  batches: batchSettings,
  webhooks: webhookSettings,
  webhookRules,
  shares: shareSettings(['deliveries']),
  probes: probeSettings,
  shutdown: shutdownSettings({ timeoutMs: 20_000 }),
};

export type DispatcherConfig = SettingsOf<typeof fragments>;

/** Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): DispatcherConfig {
  return readSettings('dispatcher', fragments, environment);
}
