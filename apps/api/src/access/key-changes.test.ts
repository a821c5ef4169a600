import type { KeyRecord } from '@m2fp/queue/access';
import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WatchedKeys } from './key-changes.ts';

function createKeys() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const records = new Map<string, Pick<KeyRecord, 'revoked_at' | 'expires_at'> | Error>();
  const subscriber = Object.assign(new EventEmitter(), { subscribe: async () => 1 });
  const find = vi.fn(async (id: string) => {
    const record = records.get(id);
    if (record instanceof Error) throw record;
    return record as KeyRecord | undefined;
  });
  const keys = new WatchedKeys({ find, subscriber: subscriber as never, channel: 'keys' });
  onTestFinished(() => keys.close());
  return { keys, records, find, publish: (id: string) => subscriber.emit('message', 'keys', id) };
}

const valid = { revoked_at: null, expires_at: null };
const revoked = { revoked_at: '2026-01-01T00:00:00.000Z', expires_at: null };

test('what a revoked key has open ends as soon as that is published, and what others have open does not', async () => {
  const { keys, records, publish } = createKeys();
  for (const id of ['a', 'b']) records.set(id, valid);
  const [one, two, other, nobody] = [keys.watch('a'), keys.watch('a'), keys.watch('b'), keys.watch(undefined)];
  records.set('a', revoked);
  for (const id of ['a', 'b', 'c']) publish(id);
  await vi.advanceTimersByTimeAsync(1);
  expect([one, two, other, nobody].map(({ signal }) => signal.aborted)).toEqual([true, true, false, false]);
});

test('a key that expires, is removed, or was revoked unheard is noticed within a second', async () => {
  const { keys, records } = createKeys();
  const watches = ['expires', 'removed', 'unheard'].map((id) => keys.watch(id));
  for (const id of ['expires', 'removed', 'unheard']) records.set(id, valid);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(watches.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
  records.set('expires', { ...valid, expires_at: new Date(Date.now() + 10).toISOString() });
  records.delete('removed');
  records.set('unheard', revoked);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(watches.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
});

test('each key is looked at once a second however much it has open, and not at all once all is closed', async () => {
  const { keys, records, find } = createKeys();
  records.set('a', valid);
  const watches = Array.from({ length: 100 }, () => keys.watch('a'));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(find).toHaveBeenCalledTimes(3);
  for (const { end } of watches) end();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(find).toHaveBeenCalledTimes(3);
});

test('while Redis does not answer, what is open stays open', async () => {
  const { keys, records } = createKeys();
  records.set('a', new Error('down'));
  const { signal } = keys.watch('a');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(signal.aborted).toBe(false);
  records.set('a', revoked);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signal.aborted).toBe(true);
});
