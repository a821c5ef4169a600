import type { CreateOptions, Job } from '@m2fp/client';
import { until } from '../worker/until.ts';
import type { ApiProcess } from './api-process.ts';

/** Passes for a JPEG if only the first bytes are checked; the scripted parser does what the rest says. */
export function scriptedPhoto(script: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new TextEncoder().encode(script)]);
}

/** `POST /parse`, raw. */
export function postPhoto(api: ApiProcess, script: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'image/jpeg', ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${api.url}/parse`, { method: 'POST', body: scriptedPhoto(script), ...init, headers });
}

/** Queues a job for a photo that is sent along. A failed request is not repeated. */
export function createJob(api: ApiProcess, script: string, options: CreateOptions = {}): Promise<Job> {
  const onRetry = (error: Error): never => {
    throw error;
  };
  return api.client.jobs.create(scriptedPhoto(script), { name: 'photo.jpg', onRetry, ...options });
}

export async function untilStatus(api: ApiProcess, id: string, status: Job['status']): Promise<void> {
  await until(async () => (await api.client.jobs.get(id)).status === status);
}
