import { AppError, jobPriority, parseOptionsSchema } from '@m2fp/core/contract';
import type { JobData, ParseOptionsInput } from '@m2fp/core/contract';
import type { ObjectStorage } from '@m2fp/core/storage';
import { withDeadline } from '../deadline.ts';
import { confineOutputPrefix } from '../keys.ts';
import type { JobQueue, JobRecord } from './queue.ts';

export interface SubmitSettings {
  readonly outputPrefix: string;
  readonly outputPrefixes: readonly string[];
  readonly maxBacklog: number;
  readonly maxImageBytes: number;
  readonly storageTimeoutMs: number;
}

/** What a client may say about a job beside its photo. */
export interface JobFields {
  readonly output?: { readonly prefix: string } | undefined;
  readonly options?: ParseOptionsInput | undefined;
  readonly metadata?: Record<string, string> | undefined;
}

/** A create on its way: the id that its job will have, and the HTTP request. */
export interface CreateRequest {
  readonly id: string;
  readonly requestId: string;
  readonly raw: Request;
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

/** The job as it goes onto the queue, defaults filled in. Throws `output_denied`. */
export function createJobData(
  request: Pick<CreateRequest, 'id' | 'requestId'>,
  inputKey: string,
  fields: JobFields,
  settings: SubmitSettings,
): JobData {
  const prefix = fields.output?.prefix ?? `${settings.outputPrefix}${request.id}/`;
  const data: JobData = {
    v: 1,
    input: { key: inputKey },
    output: { prefix: confineOutputPrefix(prefix, settings.outputPrefixes) },
    options: parseOptionsSchema.parse(fields.options ?? {}),
    createdAt: new Date().toISOString(),
    requestId: request.requestId,
  };
  return fields.metadata === undefined ? data : { ...data, metadata: fields.metadata };
}

/** Queues the job and returns it as it is at that moment. Throws `QueueUnavailable`. */
export async function submitJob(queue: JobQueue, id: string, data: JobData): Promise<JobRecord> {
  await queue.add(id, data, { priority: jobPriority.single });
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
