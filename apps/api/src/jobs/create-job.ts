/** From a received photo to a queued job: checked first, created once, and cleaned up after if nothing comes of it. */
import { AppError, anonymousOwner, jobDataSchema, keyOfUrl, withoutUrl } from '@m2fp/contract';
import type { JobClass, JobData } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { withDeadline } from '@m2fp/service/deadline';
import { ShareExceeded } from '../access/share-refusals.ts';
import type { ApiDeps, ApiSettings } from '../deps.ts';
import { assertParts, chooseModel } from '../models/choose-model.ts';
import { createOnce } from '../idempotency/create-once.ts';
import type { Created } from '../idempotency/create-once.ts';
import { commonData } from './create-request.ts';
import type { CreateRequest } from './create-request.ts';
import { assertBacklogRoom } from './photo-intake.ts';
import type { ReceivedPhoto } from './photo-intake.ts';
import { removeUpload } from './photo-upload.ts';
import type { AddOptions } from './queue.ts';
import { QueueUnavailable } from '@m2fp/service/redis';
import { z } from 'zod';

type CreateDeps = Pick<ApiDeps, 'queue' | 'models' | 'jobLimit' | 'idempotency' | 'storage' | 'settings' | 'log'>;

/** A job as it was decided under an idempotency key; an earlier version had one model, and did not say which. */
const decidedSchema = z.object({ ...jobDataSchema.shape, model: z.string().optional() });

/** A job that is queued, and on whose queue. */
export interface CreatedJob {
  readonly data: JobData;
  readonly model: string;
}

export interface CreateSettings {
  /** Distinguishes the same payload sent to different routes. */
  readonly route: string;
  readonly class: JobClass;
}

/**
 * Queues a job for the photo, or finds the one that the same request created before; its data is the answer. If no job
 * comes of it, an uploaded photo is removed from S3, and the request's idempotency key is forgotten.
 */
export async function createJob(
  request: CreateRequest,
  photo: ReceivedPhoto,
  { route, class: jobClass }: CreateSettings,
  deps: CreateDeps,
): Promise<Created<CreatedJob>> {
  const { caller, idempotencyKey: key } = request;
  const upload = photo.isUpload ? { jobId: request.id, key: photo.key } : undefined;
  // Whether the photo may be part of what was decided under the request's key.
  let isOurs = false;
  try {
    const payload = { route, photo: photo.identity, fields: photo.fields };
    const created = await createOnce({ owner: caller.owner, key, payload }, deps.idempotency, {
      prepare: async () => {
        const content = await prepareJob(request, photo, deps);
        isOurs = key !== undefined;
        return { id: request.id, content };
      },
      make: async (id, decided) => {
        isOurs &&= id === request.id;
        const { data, model } = placed(decided, deps);
        const options = { class: jobClass, model, isUpload: photo.isUpload };
        await queueWithinLimit({ id, data, options }, request, deps);
        // What is kept of the request from now on is its answer.
        return withoutUrl(decided);
      },
      contentSchema: decidedSchema,
      answerSchema: decidedSchema,
    });
    if (created.isReplay && upload) await removeUpload(upload, deps);
    return { ...created, answer: placed(created.answer, deps) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'idempotency_mismatch') isOurs = false;
    const mayCome = mayBeQueued(error) || (isOurs && !(await takeBack(request, deps)));
    const isNeeded = mayCome && (isOurs || key === undefined);
    if (upload && !isNeeded) await removeUpload(upload, deps);
    throw error;
  }
}

function placed({ model, ...data }: z.infer<typeof decidedSchema>, { models }: Pick<CreateDeps, 'models'>): CreatedJob {
  return { data, model: model ?? models.defaultName };
}

/**
 * Forgets a create that was decided and then refused. False if that cannot be said for certain: if another request with
 * the same key has queued the job meanwhile, or may still do so because Redis is down. Then the photo stays, and the
 * dispatcher removes it once the key has expired, unless there is a job.
 */
async function takeBack(
  { id, caller, idempotencyKey: key }: CreateRequest,
  { idempotency, queue }: Pick<CreateDeps, 'idempotency' | 'queue'>,
): Promise<boolean> {
  if (key === undefined) return true;
  const isQueued = async (): Promise<boolean> => (await queue.find(id)) !== undefined;
  try {
    if (await isQueued()) return false;
    const kept = await idempotency.find(caller.owner, key);
    if (kept?.id === id) await idempotency.release(caller.owner, key);
    return !(await isQueued());
  } catch {
    return false;
  }
}

function mayBeQueued(error: unknown): boolean {
  return error instanceof QueueUnavailable && error.jobId !== undefined;
}

async function prepareJob(
  request: CreateRequest,
  photo: ReceivedPhoto,
  deps: CreateDeps,
): Promise<z.infer<typeof decidedSchema>> {
  const { storage, settings, models } = deps;
  const model = await chooseModel(photo.fields.model, models);
  assertParts(model, photo.fields.options, models);
  const { owner, keyId } = request.caller;
  const { name, url } = photo;
  const key = url === undefined ? photo.key : keyOfUrl(url);
  const decided = {
    ...commonData(request, photo.fields, settings.webhookRules),
    model,
    input: { key, ...(name !== undefined && { name }), ...(url !== undefined && { url }) },
    ...(owner !== anonymousOwner && { owner }),
    ...(keyId !== undefined && { keyId }),
  };
  await Promise.all([
    photo.roomFor !== model && assertBacklogRoom(request, model, deps),
    // An upload was looked at when it arrived.
    !photo.isUpload && url === undefined && assertInputObject(key, storage, settings),
  ]);
  return decided;
}

/** Refuses before queueing what the worker would refuse later, as far as S3's metadata of the object shows. */
async function assertInputObject(
  key: string,
  storage: Pick<ObjectStorage, 'head'>,
  { storageTimeoutMs: timeoutMs, maxImageBytes }: Pick<ApiSettings, 'storageTimeoutMs' | 'maxImageBytes'>,
): Promise<void> {
  const object = await withDeadline(
    { timeoutMs, code: 'storage_unavailable', message: 'The object storage is too slow.' },
    (signal) => storage.head(key, { signal }),
  );
  if (object === undefined) throw new AppError('input_not_found', 'There is no object at the input key.');
  if (object.bytes === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
  if (object.bytes <= maxImageBytes) return;
  const sizes = `it has ${object.bytes} bytes, at most ${maxImageBytes} are allowed`;
  throw new AppError('image_too_large', `The image is too large: ${sizes}.`);
}

/** Throws `rate_limited` if the caller has as many unfinished jobs as they may, and `queue_unavailable`. */
async function queueWithinLimit(
  { id, data, options }: { readonly id: string; readonly data: JobData; readonly options: AddOptions },
  { caller: { owner, limits } }: CreateRequest,
  { queue, jobLimit }: CreateDeps,
): Promise<void> {
  const { jobs: jobsAtOnce } = limits;
  if (jobsAtOnce === null) return queue.add(id, data, options);
  if (!(await jobLimit.reserve(owner, id, jobsAtOnce))) {
    throw new ShareExceeded('jobs', jobsAtOnce);
  }
  try {
    await queue.add(id, data, options);
  } catch (error) {
    // Otherwise the job counts until it is found to have ended.
    if (!mayBeQueued(error)) await jobLimit.release(owner, id).catch(() => undefined);
    throw error;
  }
}
