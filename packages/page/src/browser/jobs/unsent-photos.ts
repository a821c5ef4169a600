/**
 * Photos that the service does not have yet, in the browser's own database, so that a reload while they are sent loses
 * none. Each tab takes up its own again. Where nothing may be kept, they are in memory only.
 */
import type { ChosenOptions } from '../options/chosen-options.ts';
import { readSession, writeSession } from '../session.ts';

export interface UnsentPhoto {
  readonly key: string;
  readonly requestKey: string;
  readonly name: string;
  readonly file: Blob;
  readonly options: ChosenOptions;
  readonly tab: string;
  readonly atMs: number;
}

/** What a tab has left behind that was closed is dropped after a day. */
const keptMs = 24 * 60 * 60_000;
const storeName = 'photos';

let opening: Promise<IDBDatabase> | undefined;

export async function keepUnsent(photos: readonly Omit<UnsentPhoto, 'tab' | 'atMs'>[]): Promise<void> {
  const atMs = Date.now();
  const tab = tabName();
  // One by one: a transaction that one photo is too large for keeps none of its photos.
  const keep = (photo: (typeof photos)[number], i: number): Promise<void> =>
    change((store) => store.put({ ...photo, tab, atMs: atMs + i }));
  await Promise.all(photos.map(keep));
}

export async function dropUnsent(key: string): Promise<void> {
  await change((store) => store.delete(key));
}

/** Those of this tab, in the order in which they were added. */
export async function readUnsent(): Promise<readonly UnsentPhoto[]> {
  try {
    const store = (await open()).transaction(storeName).objectStore(storeName);
    const all = await settled(store.getAll() as IDBRequest<UnsentPhoto[]>);
    const tab = tabName();
    for (const { key, atMs } of all) if (atMs < Date.now() - keptMs) void dropUnsent(key);
    return all.filter((photo) => photo.tab === tab).sort((a, b) => a.atMs - b.atMs);
  } catch {
    return [];
  }
}

async function change(act: (store: IDBObjectStore) => void): Promise<void> {
  try {
    const transaction = (await open()).transaction(storeName, 'readwrite');
    act(transaction.objectStore(storeName));
    await new Promise((resolve, reject) => {
      transaction.addEventListener('complete', resolve);
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('It was given up.')));
    });
  } catch {
    // The photos are in memory, too.
  }
}

function open(): Promise<IDBDatabase> {
  opening ??= (() => {
    const request = indexedDB.open('unsent-photos', 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName, { keyPath: 'key' }));
    return settled(request);
  })();
  return opening;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('There is no database.')));
  });
}

/** Stays the same when the tab is reloaded. */
function tabName(): string {
  const name = readSession('tab') ?? crypto.getRandomValues(new Uint32Array(2)).join('-');
  writeSession('tab', name);
  return name;
}
