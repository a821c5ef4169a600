import { AppError, jobDataSchema } from '@m2fp/contract';
import type { JobData } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import { createOnce } from '../idempotency/idempotent-create.ts';
import type { Created } from '../idempotency/idempotent-create.ts';
import { QueueUnavailable } from './queue.ts';
import { assertInputObject, assertRoom, createJobData } from './submit-job.ts';
import { removeUpload } from './take-upload.ts';
import type { CreateRequest, TakenPhoto } from './taken-photo.ts';

type CreateDeps = Pick<ApiDeps, 'queue' | 'idempotency' | 'storage' | 'settings' | 'log'>;

export interface CreateSettings {
  /** Tells the same payload to another route apart. */
  readonly route: string;
  readonly priority: number;
}

/**
 * Queues a job for the photo, or finds the one that the same request made before; its data are the answer. Where no job
 * comes of it, the photo's upload is taken out of S3.
 */
export async function createJob(
  request: CreateRequest,
  photo: TakenPhoto,
  { route, priority }: CreateSettings,
  deps: CreateDeps,
): Promise<Created<JobData>> {
  const { owner, idempotencyKey: key } = request;
  let isDecided = false;
  try {
    const payload = { route, photo: photo.identity, fields: photo.fields };
    const created = await createOnce({ owner, key, payload }, deps.idempotency, {
      prepare: async () => {
        const content = await prepareJob(request, photo, deps);
        isDecided = key !== undefined;
        return { id: request.id, content };
      },
      make: async (id, data) => {
        await deps.queue.add(id, data, { priority });
        return data;
      },
      contentSchema: jobDataSchema,
      answerSchema: jobDataSchema,
    });
    if (created.isReplay && photo.isUpload) await removeUpload(photo.key, deps);
    return created;
  } catch (error) {
    if (photo.isUpload && !isNeeded(error, isDecided)) await removeUpload(photo.key, deps);
    throw error;
  }
}

async function prepareJob(request: CreateRequest, photo: TakenPhoto, deps: CreateDeps): Promise<JobData> {
  const { queue, storage, settings } = deps;
  const data = createJobData(request, photo, settings);
  // For an upload, both were known when it began.
  if (!photo.isUpload) {
    await Promise.all([assertRoom(queue, settings), assertInputObject(photo.key, storage, settings)]);
  }
  return data;
}

/** A job that is on the queue in spite of the error, or comes there when the request is sent again, needs its photo. */
function isNeeded(error: unknown, isDecided: boolean): boolean {
  if (error instanceof AppError && error.code === 'idempotency_mismatch') return false;
  return isDecided || (error instanceof QueueUnavailable && error.jobId !== undefined);
}
