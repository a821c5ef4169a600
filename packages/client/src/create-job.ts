import type { components } from './api-schema.generated.ts';
import { readJson, type Send } from './connection.ts';
import { M2fpError } from './errors.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { type Job, waitForJob, type WaitOptions } from './wait-for-job.ts';

type Body = components['schemas']['CreateJob'];

/** A photo to send along, or the key of one that is already in the bucket. */
export type PhotoInput = Blob | Uint8Array<ArrayBuffer> | Body['input'];

export interface CreateOptions extends RetryOptions {
  /** A name of `models.list()`. Default: the service's own. */
  readonly model?: string;
  readonly options?: Body['options'];
  readonly output?: Body['output'];
  readonly metadata?: Body['metadata'];
  readonly webhook?: Body['webhook'];
  /** The photo's name, which `masks.json` has, too. Default: a `File`'s own. */
  readonly name?: string;
  /** Anything unique: within 24 hours it stands for the same job. Default: a new one for each call. */
  readonly idempotencyKey?: string;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** The photo's name, which its key ends with. Default: a `File`'s own. */
  readonly name?: string | undefined;
}

export type ParseOptions = CreateOptions & WaitOptions;

export type SucceededJob = Job & { readonly result: NonNullable<Job['result']> };

/** Creates a job and waits for its result. Throws `M2fpError`, also if the job fails or is canceled. */
export async function parsePhoto(send: Send, photo: PhotoInput, call: ParseOptions = {}): Promise<SucceededJob> {
  const created = await createJob(send, photo, call);
  call.onChange?.(created);
  const job = await waitForJob(send, created.id, call);
  if (job.status === 'succeeded' && job.result !== undefined) return job as SucceededJob;
  throw new M2fpError(job.error?.code ?? 'canceled', job.error?.message ?? 'The job was canceled.');
}

/**
 * Queues a photo. Transient failures are retried under the same idempotency key, so there is exactly one job whatever
 * happens on the way.
 */
export async function createJob(send: Send, photo: PhotoInput, call: CreateOptions = {}): Promise<Job> {
  const { idempotencyKey = crypto.randomUUID(), signal = null } = call;
  const { body, type } = createBody(photo, call);
  const headers = { ...type, 'Idempotency-Key': idempotencyKey };
  const init = { method: 'POST', body, headers, signal };
  return withRetries(() => send('/v1/jobs', init, readJson<Job>), call);
}

function createBody(photo: PhotoInput, call: CreateOptions): { body: BodyInit; type: Record<string, string> } {
  const { model, options, output, metadata, webhook, name = nameOf(photo) ?? '' } = call;
  const fields = { options, output, metadata, webhook };
  if ('key' in photo) {
    return { body: JSON.stringify({ input: photo, model, ...fields }), type: { 'Content-Type': 'application/json' } };
  }
  const form = new FormData();
  if (model !== undefined) form.set('model', model);
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) form.set(field, JSON.stringify(value));
  }
  form.set('image', photo instanceof Blob ? photo : new Blob([photo]), name);
  return { body: form, type: {} };
}

function nameOf(photo: object): string | undefined {
  return photo instanceof File ? photo.name : undefined;
}

/** Puts a photo straight into the bucket, past the API; resolves to its key, for `createJob`. */
export async function uploadPhoto(
  send: Send,
  photo: Blob,
  {
    signal,
    name = nameOf(photo),
    fetch: put = fetch,
  }: UploadOptions & { readonly fetch?: typeof fetch | undefined } = {},
): Promise<string> {
  const abort = { signal: signal ?? null };
  const body = JSON.stringify({ content_type: photo.type, bytes: photo.size, filename: name });
  const init = { method: 'POST', body, headers: { 'Content-Type': 'application/json' }, ...abort };
  const upload = await send('/v1/uploads', init, readJson<components['schemas']['Upload']>);
  const response = await put(upload.url, { method: upload.method, headers: upload.headers, body: photo, ...abort });
  if (response.ok) return upload.key;
  throw new M2fpError('storage_unavailable', `The bucket answered ${response.status}.`, { status: response.status });
}
