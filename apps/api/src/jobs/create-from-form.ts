import { AppError } from '@m2fp/core/contract';
import { declaredLength } from '../http/body.ts';
import { InvalidRequest, jsonPointer, parseOrRefuse } from '../http/errors.ts';
import { readForm } from '../http/multipart.ts';
import type { ApiDeps } from '../deps.ts';
import { createJobFormSchema, formFieldNames } from './job-schemas.ts';
import { QueueUnavailable } from './queue.ts';
import type { JobRecord } from './queue.ts';
import { receivePhoto } from './receive-photo.ts';
import { assertRoom, createJobData, submitJob } from './submit-job.ts';
import type { CreateRequest, JobFields } from './submit-job.ts';

/** What a form may add to its photo: text fields, boundaries, part headers. */
const formOverheadBytes = 256 * 1024;

/** A job for a photo that comes along as a multipart form. Where no job comes of it, nothing stays in S3. */
export async function createJobFromForm(request: CreateRequest, deps: ApiDeps): Promise<JobRecord> {
  const { queue, storage, settings } = deps;
  assertDeclaredLength(request.raw, settings.maxImageBytes);
  await assertRoom(queue, settings);
  const key = `${settings.uploadPrefix}${request.id}`;
  let isStored = false;
  try {
    const form = await readForm(request.raw, {
      file: 'image',
      fields: formFieldNames,
      store: async (bytes) => {
        await receivePhoto(bytes, {
          storage,
          key,
          maxBytes: settings.maxImageBytes,
          timeoutMs: settings.uploadTimeoutMs,
          signal: request.raw.signal,
        });
        isStored = true;
      },
    });
    if (!form.hasFile) throw new InvalidRequest([{ pointer: '/image', message: 'Required: the photo, as a file' }]);
    return await submitJob(queue, request.id, createJobData(request, key, parseFields(form.fields), settings));
  } catch (error) {
    if (isStored && !mayBeQueued(error)) await removeUpload(key, deps);
    throw error;
  }
}

function assertDeclaredLength(request: Request, maxImageBytes: number): void {
  if ((declaredLength(request.headers) ?? 0) <= maxImageBytes + formOverheadBytes) return;
  throw new AppError('image_too_large', `The image is too large: at most ${maxImageBytes} bytes are allowed.`);
}

/** Each field is JSON text. Throws `InvalidRequest`. */
function parseFields(fields: ReadonlyMap<string, string>): JobFields {
  const values = [...fields].map(([name, text]) => {
    try {
      return [name, JSON.parse(text) as unknown];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'not JSON';
      throw new InvalidRequest([{ pointer: jsonPointer([name]), message: `Not valid JSON: ${reason}` }]);
    }
  });
  return parseOrRefuse(createJobFormSchema, Object.fromEntries(values));
}

/** A job that may be on the queue in spite of the error needs its photo. */
function mayBeQueued(error: unknown): boolean {
  return error instanceof QueueUnavailable && error.jobId !== undefined;
}

async function removeUpload(key: string, { storage, settings, log }: ApiDeps): Promise<void> {
  try {
    await storage.remove([key], { signal: AbortSignal.timeout(settings.storageTimeoutMs) });
  } catch (error) {
    log.warn({ err: error }, 'an upload that came to nothing could not be removed');
  }
}
