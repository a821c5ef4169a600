import { createClient, type M2fpClient } from '@m2fp/client';

const storageKey = 'api-key';

let client = connect();

/** The service that this page came from, with the visitor's API key. */
export function service(): M2fpClient {
  return client;
}

/** Kept until the tab is closed. */
export function setApiKey(key: string): void {
  sessionStorage.setItem(storageKey, key.trim());
  client = connect();
}

export function hasApiKey(): boolean {
  return savedKey() !== undefined;
}

function connect(): M2fpClient {
  return createClient({ baseUrl: location.origin, apiKey: savedKey() });
}

function savedKey(): string | undefined {
  return sessionStorage.getItem(storageKey) || undefined;
}
