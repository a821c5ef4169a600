import { AppError } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { createMemoryStorage } from '../testing/index.ts';
import { measuredStorage, type StorageCall } from './measured-storage.ts';
import type { ObjectStorage } from './storage.ts';

const { signal } = new AbortController();

function measure(changes: Partial<ObjectStorage> = {}) {
  const calls: string[] = [];
  const onCall = ({ operation, outcome, reason }: StorageCall): void => {
    calls.push([operation, outcome, reason].filter(Boolean).join(' '));
  };
  const memory = createMemoryStorage();
  return { calls, storage: measuredStorage(Object.assign(Object.create(memory) as ObjectStorage, changes), onCall) };
}

test('tells how each call ended, and passes on what it gives', async () => {
  const { calls, storage } = measure();
  await storage.put('a', new Uint8Array(3), { contentType: 'image/jpeg', signal });
  expect(await storage.head('a', { signal })).toMatchObject({ bytes: 3 });
  expect(await storage.head('b', { signal })).toBeUndefined();
  await expect(storage.get('b', { maxBytes: 9, signal })).rejects.toThrow('no object');
  expect(calls).toEqual(['put ok', 'head ok', 'head ok', 'get input_not_found']);
});

test.each([
  [new AppError('storage_unavailable', 'Down.', { reason: 'slow_down' }), 'storage_unavailable slow_down'],
  [new DOMException('Late.', 'TimeoutError'), 'timeout'],
  [new DOMException('Gone.', 'AbortError'), 'aborted'],
  ['canceled', 'aborted'],
])('a ping that fails with %s is %s', async (thrown, outcome) => {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason may be anything
  const { calls, storage } = measure({ ping: () => Promise.reject(thrown) });
  await expect(storage.ping({ signal })).rejects.toBe(thrown);
  expect(calls).toEqual([`ping ${outcome}`]);
});
