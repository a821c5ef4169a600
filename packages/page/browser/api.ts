/** What the page needs of the service's HTTP API; the whole of it is described at /openapi.json. */

export interface JobFile {
  readonly output: 'masks' | 'colormap' | 'instances' | 'overlay';
  readonly content_type: string;
  readonly bytes: number;
}

export interface Job {
  readonly id: string;
  readonly status: 'queued' | 'processing' | 'succeeded' | 'failed' | 'canceled';
  readonly progress?: { readonly stage: string; readonly percent: number } | null;
  readonly queue?: { readonly position: number; readonly estimated_wait_s?: number | null } | null;
  readonly result?: {
    readonly model: { readonly name: string; readonly synthetic: boolean };
    readonly people: number;
    readonly files: readonly JobFile[];
    readonly timings: Readonly<Record<string, number>>;
  } | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

/** A problem+json answer, or no answer at all (`code` is then `network`). */
export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

let apiKey = sessionStorage.getItem('api-key') ?? '';

export function setApiKey(key: string): void {
  apiKey = key.trim();
  sessionStorage.setItem('api-key', apiKey);
}

export const hasApiKey = (): boolean => apiKey !== '';

/** Queues a photo. The key makes a repeated send after a lost answer harmless. */
export async function createJob(photo: Blob, name: string, idempotencyKey: string, signal: AbortSignal): Promise<Job> {
  const form = new FormData();
  form.set('options', JSON.stringify({ outputs: ['masks', 'colormap', 'instances', 'overlay'] }));
  form.set('image', photo, name);
  const headers = { 'Idempotency-Key': idempotencyKey };
  const response = await request('/v1/jobs', { method: 'POST', body: form, headers, signal });
  return (await response.json()) as Job;
}

export async function readJob(id: string, signal: AbortSignal): Promise<Job> {
  return (await (await request(`/v1/jobs/${id}`, { signal })).json()) as Job;
}

export async function cancelJob(id: string): Promise<void> {
  await request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
}

export async function readFile(id: string, output: JobFile['output'], signal?: AbortSignal): Promise<Blob> {
  return (await request(`/v1/jobs/${id}/files/${output}`, signal ? { signal } : {})).blob();
}

/** Opens the job's event stream; `EventSource` cannot send the API key, `fetch` can. */
export async function openEvents(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await request(`/v1/jobs/${id}/events`, { signal, headers: { Accept: 'text/event-stream' } });
  if (!response.body) throw new ApiError('network', 'The server sent no events.');
  return response.body;
}

async function request(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey) headers.set('Authorization', `Bearer ${apiKey}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('network', 'The server cannot be reached.');
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; title?: string };
  throw new ApiError(problem.code ?? 'internal', problem.detail ?? problem.title ?? `HTTP ${response.status}`);
}
