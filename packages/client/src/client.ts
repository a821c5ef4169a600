import createFetchClient from 'openapi-fetch';
import type { components, paths } from './api-schema.generated.ts';
import { type ConnectionOptions, createSend, readJson } from './connection.ts';
import { createJob, type CreateOptions, parsePhoto, type ParseOptions } from './create-job.ts';
import { type PhotoInput, type SucceededJob, type UploadOptions, uploadPhoto } from './create-job.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { type Job, pathOf, readJob, waitForJob, type WaitOptions } from './wait-for-job.ts';

/** One of a job's results. */
export type ResultFile = components['schemas']['ResultFile'];

type ModelList = components['schemas']['ModelList'];

/** A model that requests can name. */
export type Model = components['schemas']['Model'];

/** How much work waits for a model's workers. */
export type Backlog = components['schemas']['Backlog'];

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A client of the service, for Node and browsers.
 *
 *     const m2fp = createClient({ baseUrl: 'http://127.0.0.1:5000' });
 *     const job = await m2fp.parse(photo, { options: { outputs: ['masks', 'overlay'] } });
 *     const overlay = await m2fp.jobs.readFile(job.id, 'overlay');
 */
export function createClient(options: ConnectionOptions) {
  const { apiKey, fetch } = options;
  const baseUrl = withoutTrailingSlashes(options.baseUrl);
  const send = createSend({ ...options, baseUrl });
  const headers = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
  return {
    /** Every route, typed from the API's document: `api.GET('/v1/jobs/{id}', { params: { path: { id } } })`. */
    api: createFetchClient<paths>({ baseUrl, headers, ...(fetch ? { fetch } : {}) }),
    /** Creates a job and waits for its result. See `parsePhoto`. */
    parse: (photo: PhotoInput, call?: ParseOptions): Promise<SucceededJob> => parsePhoto(send, photo, call),
    /** Puts a photo straight into the bucket; resolves to its key, for `parse({ key })`. See `uploadPhoto`. */
    upload: (photo: Blob, call?: UploadOptions): Promise<string> => uploadPhoto(send, photo, { ...call, fetch }),
    models: {
      /** The models that `model` of a call can name, the default first. */
      list: async ({ signal = undefined }: CallOptions = {}): Promise<Model[]> => {
        const { models } = await send('/v1/models', { signal: signal ?? null }, readJson<ModelList>);
        return models;
      },
      /** How much work waits for a model's workers, of all owners. Needs a key with the scope `metrics`. */
      backlog: (model: string, { signal = undefined }: CallOptions = {}): Promise<Backlog> =>
        send(`/v1/models/${encodeURIComponent(model)}/backlog`, { signal: signal ?? null }, readJson<Backlog>),
    },
    jobs: {
      /** Queues a photo and does not wait for it. See `createJob`. */
      create: (photo: PhotoInput, call?: CreateOptions): Promise<Job> => createJob(send, photo, call),
      read: (id: string, { signal }: CallOptions = {}): Promise<Job> => readJob(send, id, signal),
      /** Waits for a job to end, whatever happens on the way. See `waitForJob`. */
      waitFor: (id: string, call?: WaitOptions): Promise<Job> => waitForJob(send, id, call),
      /** Resolves to the job; it is still `processing` if its worker has not stopped it yet. */
      cancel: (id: string, { signal = undefined }: CallOptions = {}): Promise<Job> =>
        send(`${pathOf(id)}/cancel`, { method: 'POST', signal: signal ?? null }, readJson<Job>),
      /** The bytes of one of a job's results, through the API; retries like `waitFor`. */
      readFile: (id: string, file: ResultFile['output'] | NamedFile, call: RetryOptions = {}): Promise<Blob> => {
        const init = { signal: call.signal ?? null };
        const path = `${pathOf(id)}/files/${filePath(typeof file === 'string' ? { output: file } : file)}`;
        return withRetries(() => send(path, init, (response) => response.blob()), call);
      },
    },
  };
}

export type M2fpClient = ReturnType<typeof createClient>;

/** One of a job's files: of an output with a file for each person, one person's. */
type NamedFile = Pick<ResultFile, 'output' | 'person'>;

function filePath({ output, person }: NamedFile): string {
  return person === undefined ? output : `${output}/${person}`;
}

/** The name of a result, such as `masks.json` or `people/1.png`: the end of its key. */
export function fileName({ key, person }: Pick<ResultFile, 'key' | 'person'>): string {
  return key
    .split('/')
    .slice(person === undefined ? -1 : -2)
    .join('/');
}

function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}
