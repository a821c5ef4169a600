import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

/** Work that ends when told to, and what began and ended so far. */
function createWorks() {
  const log: string[] = [];
  const work = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async (): Promise<string> => {
      log.push(`${name} begins`);
      await promise;
      return name;
    };
    return { run, end: resolve };
  };
  return { log, work };
}

describe('turns', () => {
  it('are taken in order, so many at a time', async () => {
    const { log, work } = createWorks();
    const turns = new Turns(2, 9);
    const works = ['a', 'b', 'c', 'd'].map(work);
    const done = works.map(({ run }) => turns.take(never, run));
    expect(log).toEqual(['a begins', 'b begins']);
    works[1]?.end();
    expect(await done[1]).toBe('b');
    expect(log).toEqual(['a begins', 'b begins', 'c begins']);
    for (const { end } of works) end();
    expect(await Promise.all(done)).toEqual(['a', 'b', 'c', 'd']);
    expect(await turns.take(never, async () => 'e')).toBe('e');
  });

  it('come to the next after one that failed', async () => {
    const turns = new Turns(1, 1);
    const failing = turns.take(never, () => Promise.reject(new Error('broken')));
    const next = turns.take(never, async () => 'next');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('next');
  });

  it('are refused when the line is full', async () => {
    const { work } = createWorks();
    const turns = new Turns(1, 1);
    const first = work('first');
    const running = [turns.take(never, first.run), turns.take(never, async () => 'second')];
    await expect(turns.take(never, async () => 'third')).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    first.end();
    expect(await Promise.all(running)).toEqual(['first', 'second']);
  });

  it('are given up by an abort, at once, and those behind move up', async () => {
    const { log, work } = createWorks();
    const turns = new Turns(1, 9);
    const [first, third] = [work('first'), work('third')];
    const abort = new AbortController();
    const running = turns.take(never, first.run);
    const second = turns.take(abort.signal, work('second').run);
    const last = turns.take(never, third.run);
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    await expect(turns.take(abort.signal, work('fourth').run)).rejects.toMatchObject({ code: 'canceled' });
    first.end();
    third.end();
    expect(await Promise.all([running, last])).toEqual(['first', 'third']);
    expect(log).toEqual(['first begins', 'third begins']);
  });
});
