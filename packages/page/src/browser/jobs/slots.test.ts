import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

const { signal } = new AbortController();

it('gives the slots in the order in which they were asked for', async () => {
  const slots = new Slots(1);
  const giveBack = await slots.take(signal);
  expect(slots.tryTake()).toBeUndefined();
  const order: string[] = [];
  const first = slots.take(signal).then((give) => (order.push('first'), give()));
  const second = slots.take(signal).then((give) => (order.push('second'), give()));
  giveBack();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect(slots.tryTake()).toBeDefined();
});

it('keeps no slot for who has left, and takes one back only once', async () => {
  const slots = new Slots(1);
  const giveBack = await slots.take(signal);
  const leaving = new AbortController();
  const left = slots.take(leaving.signal);
  leaving.abort('enough');
  await expect(left).rejects.toBe('enough');
  await expect(slots.take(leaving.signal)).rejects.toBe('enough');
  giveBack();
  giveBack();
  expect(slots.tryTake()).toBeDefined();
  expect(slots.tryTake()).toBeUndefined();
});
