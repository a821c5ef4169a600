import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../logger/logger.ts';
import { Disposers } from './disposers.ts';

function setUp() {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const order: string[] = [];
  const step = (name: string) => () => void order.push(name);
  return { disposers: new Disposers(createLogger('info', {}, sink)), order, step, lines };
}

test('steps run last in, first out, and each is awaited', async () => {
  const { disposers, order, step, lines } = setUp();
  disposers.defer('first', step('first'));
  disposers.defer('slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push('slow');
  });
  expect(await disposers.run()).toBe(true);
  expect(order).toEqual(['slow', 'first']);
  expect(lines).toEqual([]);
});

test('every step runs, even if earlier ones fail, and failures are logged by name', async () => {
  const { disposers, order, step, lines } = setUp();
  disposers.defer('last', step('last'));
  disposers.defer('hangs', () => new Promise(() => undefined), 20);
  disposers.defer('throws', () => {
    throw new Error('broken');
  });
  disposers.defer('rejects', () => Promise.reject(new Error('broken')));
  expect(await disposers.run()).toBe(false);
  expect(order).toEqual(['last']);
  expect(lines.map((line) => (JSON.parse(line) as { step: string }).step)).toEqual(['rejects', 'throws', 'hangs']);
});

test('a step that resolves to false has failed, and has logged that itself', async () => {
  const { disposers, lines } = setUp();
  disposers.defer('jobs', async () => false);
  expect(await disposers.run()).toBe(false);
  expect(lines).toEqual([]);
});

test('all steps share a limit, and each still gets its turn', async () => {
  const { disposers, order, step } = setUp();
  disposers.limitTo(1);
  disposers.defer('last', step('last'));
  disposers.defer('hangs', () => new Promise(() => undefined), 3_600_000);
  expect(await disposers.run()).toBe(false);
  expect(order).toEqual(['last']);
});

test('each step runs once', async () => {
  const { disposers, order, step } = setUp();
  disposers.defer('only', step('only'));
  await Promise.all([disposers.run(), disposers.run()]);
  expect(order).toEqual(['only']);
});
