import { createClient, M2fpError, type M2fpClient } from '@m2fp/client';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { uploadingFetch } from './jobs/upload.ts';

/** Where the service is: this module is served from the folder `page` in it. */
export const baseUrl = new URL('..', import.meta.url).href;

const storageKey = 'api-key';
const savedKey = signal(sessionStorage.getItem(storageKey) ?? '');

/** The visitor's API key; empty without one. */
export const apiKey: ReadonlySignal<string> = savedKey;

/** Kept until the tab is closed. Without one, the key is forgotten. */
export function setApiKey(key: string): void {
  sessionStorage.setItem(storageKey, key.trim());
  savedKey.value = key.trim();
}

const client = computed(() =>
  createClient({ baseUrl, apiKey: savedKey.value === '' ? undefined : savedKey.value, fetch: uploadingFetch }),
);

/** The service that this page came from, with the visitor's API key. */
export function service(): M2fpClient {
  return client.peek();
}

/** The photo of a job, as the service has it. Rejects with an `M2fpError`. */
export async function readPhotoOf(jobId: string): Promise<Blob> {
  const path = { id: jobId };
  const read = service().api.GET('/v1/jobs/{id}/photo', { params: { path }, parseAs: 'blob' });
  const { data, error } = await read.catch((cause: unknown) => {
    throw new M2fpError('network', 'The photo cannot be read.', { cause, jobId });
  });
  if (data instanceof Blob) return data;
  throw new M2fpError(error?.code ?? 'network', error?.detail ?? 'The photo cannot be read.', { jobId });
}
