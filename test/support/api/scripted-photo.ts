import type { ApiProcess } from './api-process.ts';

/** Passes for a JPEG where only the first bytes are looked at; what follows, the scripted parser does. */
export function scriptedPhoto(script: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new TextEncoder().encode(script)]);
}

export function postPhoto(api: ApiProcess, script: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'image/jpeg', ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${api.url}/parse`, { method: 'POST', body: scriptedPhoto(script), ...init, headers });
}

/** Queues a job for a photo that is uploaded along. */
export async function createJob(api: ApiProcess, script: string, headers: Record<string, string> = {}) {
  const form = new FormData();
  form.set('image', new Blob([scriptedPhoto(script)]), 'photo.jpg');
  const response = await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: form, headers });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as { id: string; status: string };
}

export async function readJob(api: ApiProcess, id: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${api.url}/v1/jobs/${id}`)).json()) as Record<string, unknown>;
}
