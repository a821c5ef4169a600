import { AppError, anonymousOwner, parseOptionsSchema } from '@m2fp/contract';
import type { JobData, JobRecord } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import type { TargetRules } from '@m2fp/queue/webhooks';
import { withDeadline } from '@m2fp/service/deadline';
import { confineOutputPrefix } from '../keys.ts';
import { assertWebhookTarget } from '../webhooks/assert-target.ts';
import type { JobQueue } from './queue.ts';
import type { CreateRequest, TakenPhoto } from './taken-photo.ts';

export interface SubmitSettings {
  readonly outputPrefix: string;
  readonly outputPrefixes: readonly string[];
  readonly maxBacklog: number;
  readonly maxImageBytes: number;
  readonly storageTimeoutMs: number;
  readonly webhookRules: TargetRules;
}

/** Throws `overloaded` where the backlog is full, and `queue_unavailable`. */
export async function assertRoom(queue: JobQueue, settings: SubmitSettings): Promise<void> {
  const backlog = await queue.backlog();
  if (backlog < settings.maxBacklog) return;
  throw new AppError('overloaded', `${backlog} jobs are waiting already. Try again later.`);
}

/** Refuses before queueing what the worker would refuse after it, as far as S3's word on the object tells. */
export async function assertInputObject(
  key: string,
  storage: Pick<ObjectStorage, 'head'>,
  settings: SubmitSettings,
): Promise<void> {
  const object = await withDeadline(
    { timeoutMs: settings.storageTimeoutMs, code: 'storage_unavailable', message: 'The object storage is too slow.' },
    (signal) => storage.head(key, { signal }),
  );
  if (object === undefined) throw new AppError('input_not_found', 'There is no object at the input key.');
  if (object.bytes === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
  if (object.bytes <= settings.maxImageBytes) return;
  const sizes = `it has ${object.bytes} bytes, at most ${settings.maxImageBytes} are allowed`;
  throw new AppError('image_too_large', `The image is too large: ${sizes}.`);
}

/** The job as it goes onto the queue, defaults filled in. Throws `output_denied` and `invalid_request`. */
export function createJobData(
  { id, owner, requestId, traceparent }: CreateRequest,
  { key, fields }: Pick<TakenPhoto, 'key' | 'fields'>,
  settings: SubmitSettings,
): JobData {
  const { output, options, metadata, webhook } = fields;
  if (webhook !== undefined) assertWebhookTarget(webhook.url, settings.webhookRules);
  const prefix = output?.prefix ?? `${settings.outputPrefix}${id}/`;
  return {
    v: 1,
    input: { key },
    output: { prefix: confineOutputPrefix(prefix, settings.outputPrefixes) },
    options: parseOptionsSchema.parse(options ?? {}),
    createdAt: new Date().toISOString(),
    requestId,
    ...(metadata !== undefined && { metadata }),
    ...(owner !== anonymousOwner && { owner }),
    ...(webhook !== undefined && { webhook }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** A job as it is when it was just queued. */
export function queuedRecord(id: string, data: JobData): JobRecord {
  return {
    id,
    state: 'queued',
    data,
    progress: undefined,
    attempts: 0,
    startedAtMs: undefined,
    finishedAtMs: undefined,
    result: undefined,
    failure: undefined,
  };
}
