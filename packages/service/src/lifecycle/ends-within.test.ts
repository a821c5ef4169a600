import { expect, test, vi } from 'vitest';
import { endsWithin } from './ends-within.ts';

const log = { error: vi.fn() };

test('a step that ends in time has ended', async () => {
  expect(await endsWithin(Promise.resolve('anything'), 60_000, log)).toBe(true);
});

test('a step that never ends is given up', async () => {
  expect(await endsWithin(new Promise(() => undefined), 1, log)).toBe(false);
});

test('a step that fails has not ended well, and is told of', async () => {
  const error = new Error('no Redis');
  expect(await endsWithin(Promise.reject(error), 60_000, log)).toBe(false);
  expect(log.error).toHaveBeenCalledExactlyOnceWith({ err: error }, 'a step of the shutdown failed');
});
