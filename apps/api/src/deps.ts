import type { ObjectStorage } from '@m2fp/storage';
import type { TargetRules } from '@m2fp/service/outgoing-targets';
import type { Tracing } from '@m2fp/service/tracing';
import type { Logger } from '@m2fp/service/logger';
import type { Queue } from 'bullmq';
import type { Authenticator } from './access/authenticator.ts';
import type { PrefixSettings } from '@m2fp/queue/access';
import type { JobLimit } from './access/job-limit.ts';
import type { KeyChanges } from './access/key-changes.ts';
import type { Shares } from './access/shares.ts';
import type { BatchStore } from './batches/batch-store.ts';
import type { IdempotencyStore } from './idempotency/idempotency-store.ts';
import type { WebhookStore } from './webhooks/webhook-store.ts';
import type { ApiMetrics } from './routes/metrics.ts';
import type { ProcessStats } from './process-stats.ts';
import type { PageAsset } from '@m2fp/page';
import type { Backlogs } from './models/backlogs.ts';
import type { JobChanges, JobQueue } from './jobs/queue.ts';
import type { Models } from './models/choose-model.ts';

export interface ApiSettings extends PrefixSettings {
  /** What every path that clients see begins with, such as `/m2fp`; empty for nothing. */
  readonly basePath: string;
  /** Origins whose pages may call the API from browsers. */
  readonly corsOrigins: readonly string[];
  /** Names by which the API may be called without a key, besides this machine's. */
  readonly allowedHosts: readonly string[];
  /** The largest photo, uploaded or in S3. */
  readonly maxImageBytes: number;
  /** Jobs that may wait; beyond that, creates are refused. */
  readonly maxBacklog: number;
  /** Batches that may be open; beyond that, creates are refused. */
  readonly maxOpenBatches: number;
  /** Where webhooks may go. */
  readonly webhookRules: TargetRules;
  /** Where photos may be fetched from; without rules, nowhere. */
  readonly inputUrls: { readonly rules: TargetRules | undefined };
  /** Seconds for which a finished job is kept. */
  readonly jobRetentionS: number;
  /** Requests that may wait for their job at once. */
  readonly maxSyncWaiters: number;
  /** For a worker to start the job of a synchronous request. */
  readonly syncStartTimeoutMs: number;
  /** For such a job's end, from then on. */
  readonly syncTimeoutMs: number;
  /** Event streams that may be open at once. */
  readonly maxEventStreams: number;
  readonly resultUrlExpiryS: number;
  readonly uploadUrlExpiryS: number;
  /** For one call to S3. */
  readonly storageTimeoutMs: number;
  /** For a whole upload. */
  readonly uploadTimeoutMs: number;
}

/** What the routes are built on. Everything with a lifecycle of its own comes from outside. */
export interface ApiDeps {
  readonly authenticator: Authenticator;
  readonly shares: Shares;
  readonly keyChanges: KeyChanges;
  readonly metrics: ApiMetrics;
  readonly tracing: Tracing;
  /** What `/admin` shows. */
  readonly adminQueues: () => readonly Queue[];
  readonly models: Models;
  readonly backlogs: Pick<Backlogs, 'read'>;
  readonly queue: JobQueue;
  /** Rejects unless Redis takes writes; the error's `reason` says why. */
  readonly redis: { assertWritable(): Promise<void> };
  readonly jobLimit: JobLimit;
  readonly changes: JobChanges;
  readonly idempotency: IdempotencyStore;
  readonly batches: BatchStore;
  readonly webhooks: WebhookStore;
  readonly storage: ObjectStorage;
  readonly log: Logger;
  readonly settings: ApiSettings;
  readonly stats: () => ProcessStats;
  /** The web page's files by path. */
  readonly page: ReadonlyMap<string, PageAsset>;
  /** Aborted once the process has been told to stop. */
  readonly stopping: AbortSignal;
}
