import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputNames } from '@m2fp/contract';
import { jobSchema, problemSchema, type Job } from './job-schema.ts';

/** The API's answer to a request that it refused. */
export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

const requestMs = 60_000;
/** A busy or recovering service is asked again; this often at most, and no longer than this apart. */
const maxTries = 30;
const longestPauseS = 10;

/** Uploads a photo and queues it, with all outputs. Throws `ApiError`. */
export async function postPhoto(
  apiUrl: string,
  photo: { path: string; name: string },
  signal: AbortSignal,
): Promise<Job> {
  const form = new FormData();
  form.set('options', JSON.stringify({ outputs: outputNames }));
  form.set('image', await openAsBlob(photo.path), photo.name);
  const response = await request(`${apiUrl}/v1/jobs`, { method: 'POST', body: form }, signal);
  return jobSchema.parse(await response.json());
}

export async function readJob(apiUrl: string, id: string, signal: AbortSignal): Promise<Job> {
  const response = await request(`${apiUrl}/v1/jobs/${id}`, {}, signal);
  return jobSchema.parse(await response.json());
}

export async function download(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await request(url, {}, signal);
  return response.bytes();
}

/** A 2xx response. 429 and 503 are tried again after the time that they name. */
async function request(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]) });
    if (response.ok) return response;
    const passing = response.status === 429 || response.status === 503;
    if (!passing || attempt >= maxTries) throw await refusal(response);
    await response.body?.cancel();
    const pauseS = Math.min(longestPauseS, Number(response.headers.get('retry-after')) || 1);
    await sleep(pauseS * 1_000, undefined, { signal });
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => ({}));
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return new ApiError('internal', `HTTP ${response.status}`);
  const { code, title, detail } = problem.data;
  return new ApiError(code, detail ?? title ?? `HTTP ${response.status}`);
}
