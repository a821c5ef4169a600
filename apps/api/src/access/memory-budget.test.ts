import { bounds } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { testSettings } from '../../testing/test-api.ts';
import { anonymousCaller } from './caller.ts';
import { MemoryBudget } from './memory-budget.ts';

const { limits: noLimits } = anonymousCaller(testSettings);
const owner = (name: string) => ({ owner: name, limits: { ...noLimits, upload_bytes: 1e12 } });
const half = bounds.bodyMemory.max / 2;
const { signal } = new AbortController();

test('an upload waits for memory in its turn, and not behind an owner that waits for itself', async () => {
  const budget = new MemoryBudget();
  const order: string[] = [];
  const wait = (name: string, bytes: number) =>
    budget.raiseSoon(owner(name), bytes, signal).then(() => order.push(name));
  budget.raise(owner('a'), half);
  const own = wait('a', half);
  await wait('b', half);
  expect(order).toEqual(['b']);
  const [big, small] = [wait('c', half), wait('d', 1)];
  budget.lower(owner('b'), 1);
  budget.lower(owner('b'), half - 1);
  await big;
  expect(order).toEqual(['b', 'c']);
  budget.lower(owner('a'), half);
  await own;
  expect(order).toEqual(['b', 'c', 'a']);
  budget.lower(owner('c'), half);
  await small;
  expect(budget.total).toBe(half + 1);
});

test('an upload whose client hangs up, or that waits too long, takes nothing', async () => {
  const budget = new MemoryBudget();
  budget.raise({ owner: 'anonymous', limits: noLimits }, 2 * half);
  const client = new AbortController();
  const waiting = budget.raiseSoon(owner('a'), 1, client.signal);
  client.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'overloaded' });
  budget.lower({ owner: 'anonymous', limits: noLimits }, 2 * half);
  expect(budget.total).toBe(0);
});

test('an upload whose client has hung up before does not begin to wait', async () => {
  const budget = new MemoryBudget();
  budget.raise({ owner: 'anonymous', limits: noLimits }, 2 * half);
  const waiting = budget.raiseSoon(owner('a'), 1, AbortSignal.abort()).catch((error: unknown) => error);
  const first = await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, 'it waits'))]);
  expect(first).toMatchObject({ code: 'overloaded' });
});
