import { expect, test } from 'vitest';
import { Disposers } from './disposers.ts';
import { createLogger } from './logger.ts';

test('the last in is the first out, each awaited, whatever throws or hangs', async () => {
  const disposers = new Disposers(createLogger('silent'));
  const order: string[] = [];
  const after = (ms: number, name: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    order.push(name);
  };
  disposers.defer('first', after(0, 'first'));
  disposers.defer('throws', () => {
    order.push('throws');
    throw new Error('no');
  });
  disposers.defer('hangs', () => new Promise(() => undefined), 20);
  disposers.defer('slow', after(30, 'slow'));
  await disposers.run();
  expect(order).toEqual(['slow', 'throws', 'first']);
});
