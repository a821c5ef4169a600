import { describe, expect, it } from 'vitest';
import { Wakeups } from './wakeups.ts';

const long = 3_600_000;
const never = new AbortController().signal;

describe('a sleep between two steps of a batch', () => {
  it('ends when its batch is woken, and only then', async () => {
    const wakeups = new Wakeups();
    for (const id of ['one', 'two']) wakeups.attend(id);
    const ended: string[] = [];
    const stop = new AbortController();
    const sleeps = ['one', 'two'].map((id) => wakeups.wait(id, long, stop.signal).then(() => ended.push(id)));
    wakeups.wake('one');
    await sleeps[0];
    expect(ended).toEqual(['one']);
    stop.abort();
    await sleeps[1];
  });

  it('ends immediately, once, if its batch was woken before it began', async () => {
    const wakeups = new Wakeups();
    wakeups.attend('one');
    wakeups.wake('one');
    wakeups.wake('one');
    await wakeups.wait('one', long, never);
    const stop = new AbortController();
    const second = wakeups.wait('one', long, stop.signal).then(() => stop.signal.aborted);
    stop.abort();
    expect(await second).toBe(true);
  });

  it('ends when its time is up', async () => {
    const wakeups = new Wakeups();
    wakeups.attend('one');
    await wakeups.wait('one', 1, never);
  });
});
