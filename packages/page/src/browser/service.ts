import { createJobsClient, type JobsClient } from '@m2fp/client/jobs';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { uploadingFetch } from './jobs/upload.ts';
import { readSession, writeSession } from './session.ts';

/** Where the service is: this module is served from the folder `page` in it. */
export const baseUrl = new URL('..', import.meta.url).href;

const storageKey = 'api-key';
const savedKey = signal(readSession(storageKey) ?? '');

/** The visitor's API key; empty without one. */
export const apiKey: ReadonlySignal<string> = savedKey;

/** Kept until the tab is closed. Without one, the key is forgotten. */
export function setApiKey(key: string): void {
  writeSession(storageKey, key.trim());
  savedKey.value = key.trim();
}

const client = computed(() =>
  createJobsClient({ baseUrl, apiKey: savedKey.value === '' ? undefined : savedKey.value, fetch: uploadingFetch }),
);

/** The service that this page came from, with the visitor's API key. */
export function service(): JobsClient {
  return client.peek();
}
