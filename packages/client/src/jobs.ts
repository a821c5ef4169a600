import type { components, operations } from './api-schema.generated.ts';
import { type Connection, jsonBody, newIdempotencyKey, readJson } from './connection.ts';
import { M2fpError } from './errors.ts';
import {
  hasEnded,
  type Job,
  type JobEvent,
  jobEvents,
  jobPath,
  waitForJob,
  waitMs,
  type WaitOptions,
} from './job-events.ts';
import { Listing, queryOf } from './listing.ts';
import { type NamedFile, ParsedPhoto, type ResultFile } from './parsed-photo.ts';
import { type PhotoContent, type PhotoInput, readPhoto, referenceIn } from './photo-input.ts';
import type { CallOptions } from './retry.ts';

type Body = components['schemas']['CreateJob'];

/** A job in a list: without its result and its place in the queue. */
export type JobSummary = components['schemas']['JobSummary'];

/** What a photo may be parsed with, whether its result is waited for or not. */
interface JobFields {
  /** A name of `models.list()`. Default: the service's own. */
  readonly model?: string | undefined;
  readonly options?: Body['options'] | undefined;
  readonly output?: Body['output'] | undefined;
  readonly metadata?: Body['metadata'] | undefined;
  readonly webhook?: Body['webhook'] | undefined;
  /** The photo's name, which `masks.json` has, too. Default: that of the file or the URL. */
  readonly name?: string | undefined;
  /** Anything unique: within 24 hours it stands for the same job. Default: a new one for each call. */
  readonly idempotencyKey?: string | undefined;
}

export type CreateOptions = JobFields & CallOptions;
export type ParseOptions = JobFields & WaitOptions & Pick<CallOptions, 'maxRetries'>;

/** Which jobs to list, and how many per page. */
export type JobQuery = NonNullable<operations['listJobs']['parameters']['query']>;

/** @param connection how requests get to the service */
export function createJobs(connection: Connection) {
  const get = (id: string, call?: CallOptions): Promise<Job> => connection.call(jobPath(id), {}, readJson<Job>, call);
  const readFile = (id: string, file: ResultFile['output'] | NamedFile, call?: CallOptions): Promise<Blob> => {
    const path = `${jobPath(id)}/files/${filePath(typeof file === 'string' ? { output: file } : file)}`;
    return connection.call(path, {}, (response) => response.blob(), call);
  };
  return {
    /** Queues a photo and does not wait for it. Whatever happens on the way, there is one job. */
    create: (photo: PhotoInput, call?: CreateOptions): Promise<Job> => createJob(connection, photo, call),
    /** The job as it is now. */
    get,
    /** Yours that are still kept, newest first: `await` gives a page, `for await` all of them. */
    list: (query: JobQuery = {}, call?: CallOptions): Listing<JobSummary> =>
      new Listing(async (cursor) => {
        const path = `/v1/jobs${queryOf({ ...query, cursor })}`;
        const page = await connection.call(path, {}, readJson<components['schemas']['JobList']>, call);
        return { items: page.jobs, nextCursor: page.next_cursor };
      }, query.cursor),
    /** Waits for a job to end, successfully or not, whatever happens on the way. */
    waitFor: (id: string, call?: WaitOptions): Promise<Job> => waitForJob(connection, id, call),
    /** The job now, then each change, up to its end: `for await (const { type, job } of …)`. */
    events: (id: string, call?: Omit<WaitOptions, 'onProgress'>): AsyncGenerator<JobEvent, void> =>
      jobEvents(connection, id, call),
    /** Resolves to the job; it is still `processing` if its worker has not stopped it yet. */
    cancel: (id: string, call?: CallOptions): Promise<Job> =>
      connection.call(`${jobPath(id)}/cancel`, { method: 'POST' }, readJson<Job>, call),
    /** What a job found. Throws what it failed with, and `conflict` while it has not ended. @param job or its id */
    result: async (job: Job | string, call?: CallOptions): Promise<ParsedPhoto> =>
      resultOf(typeof job === 'string' ? await get(job, call) : job, readFile),
    /** The photo that a job is about, as the service has it: `not_found` once it is gone, or if it came from a URL. */
    photo: (id: string, call?: CallOptions): Promise<Blob> =>
      connection.call(`${jobPath(id)}/photo`, {}, (response) => response.blob(), call),
    files: {
      /** The files of a job; none unless it succeeded. */
      list: async (id: string, call?: CallOptions): Promise<readonly ResultFile[]> =>
        (await get(id, call)).result?.files ?? [],
      /** The bytes of one of a job's files, through the API. */
      read: readFile,
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;

/** Creates a job and waits for its result. Throws `M2fpError`, also if the job fails or is canceled. */
export async function parsePhoto(
  connection: Connection,
  jobs: Jobs,
  photo: PhotoInput,
  call: ParseOptions = {},
): Promise<ParsedPhoto> {
  const startedMs = Date.now();
  const { timeoutMs = waitMs } = call;
  const created = await createJob(connection, photo, { ...call, timeoutMs });
  call.onProgress?.(created);
  return jobs.result(await waitForJob(connection, created.id, { ...call, timeoutMs }, Date.now() - startedMs));
}

async function createJob(connection: Connection, photo: PhotoInput, call: CreateOptions = {}): Promise<Job> {
  const { idempotencyKey = newIdempotencyKey() } = call;
  let request: RequestInit | undefined;
  return connection.retry(async (signal) => {
    // Once: a stream cannot be read again.
    request ??= await requestOf(connection, photo, call, signal);
    const headers = new Headers(request.headers);
    headers.set('Idempotency-Key', idempotencyKey);
    return connection.send('/v1/jobs', { ...request, method: 'POST', headers, signal }, readJson<Job>);
  }, call);
}

async function requestOf(
  connection: Connection,
  photo: PhotoInput,
  { model, options, output, metadata, webhook, name }: CreateOptions,
  signal: AbortSignal,
): Promise<Pick<RequestInit, 'body' | 'headers'>> {
  const fields = { options, output, metadata, webhook };
  const input = referenceIn(photo);
  if (input !== undefined) return jsonBody({ input, model, ...fields });
  const file = await readPhoto(photo as PhotoContent, connection, signal);
  const texts = Object.entries(fields).filter(([, value]) => value !== undefined);
  const parts = texts.map(([field, value]): [string, string] => [field, JSON.stringify(value)]);
  if (model !== undefined) parts.unshift(['model', model]);
  return { body: formOf(parts, file.blob, name ?? file.name ?? '') };
}

/**
 * A form (RFC 7578) as a Blob. Node's fetch reads a `FormData` piece by piece, goes on when it has been aborted, and
 * ends the process with an error that nobody can catch.
 */
function formOf(fields: readonly (readonly [string, string])[], image: Blob, fileName: string): Blob {
  const boundary = `m2fp-${newIdempotencyKey()}`;
  const head = (field: string): string => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"`;
  const texts = fields.map(([field, value]) => `${head(field)}\r\n\r\n${value}\r\n`);
  const named = fileName.replace(/["\r\n]/g, encodeURIComponent);
  const type = image.type === '' ? 'application/octet-stream' : image.type;
  const file = `${head('image')}; filename="${named}"\r\nContent-Type: ${type}\r\n\r\n`;
  return new Blob([...texts, file, image, `\r\n--${boundary}--\r\n`], {
    type: `multipart/form-data; boundary=${boundary}`,
  });
}

function resultOf(job: Job, readFile: Jobs['files']['read']): ParsedPhoto {
  const { id: jobId, status, result, error } = job;
  if (status === 'succeeded' && result !== undefined) return new ParsedPhoto({ ...job, result }, readFile);
  if (!hasEnded(job)) throw new M2fpError('conflict', 'The job has not ended yet.', { jobId });
  throw new M2fpError(error?.code ?? 'canceled', error?.message ?? 'The job was canceled.', { jobId });
}

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
