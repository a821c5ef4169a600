import { expect, test } from 'vitest';
import { preferredWaitS } from './wait-for-job.ts';

test.each([
  ['wait=10', 10],
  ['respond-async, wait=5', 5],
  ['wait = "7"; strict', 7],
  ['Wait=0', undefined],
  ['Wait=1', 1],
  [undefined, undefined],
  ['', undefined],
  ['wait', undefined],
  ['wait=soon', undefined],
  ['wait=-1', undefined],
  ['await=10', undefined],
])('Prefer: %s asks for %s seconds', (prefer, seconds) => {
  expect(preferredWaitS(prefer)).toBe(seconds);
});
