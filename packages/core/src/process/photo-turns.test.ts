import { expect, onTestFinished, test, vi } from 'vitest';
import { PhotoTurns } from './photo-turns.ts';

/** A clock that stands still until it is moved. */
function createClock() {
  let now = 1_000;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => spy.mockRestore());
  return { pass: (ms: number) => void (now += ms) };
}

test('a photo that comes in while another is computed has its own work in its timings, and waits for the rest', async () => {
  const clock = createClock();
  const turns = new PhotoTurns();
  const first = turns.enter(1);
  clock.pass(5);
  first.opened();
  clock.pass(20);
  await first.begin();
  clock.pass(30);
  const second = turns.enter(2);
  clock.pass(100);
  second.opened();
  clock.pass(50);
  const begun = second.begin();
  clock.pass(10);
  first.leave();
  await begun;
  clock.pass(200);
  // The first came alone.
  expect(first.own({ open: 5, decode: 20, network: 190 })).toEqual({ open: 5, decode: 20, network: 190 });
  expect(second.own({ open: 102, decode: 55, wait: 10, network: 200 })).toEqual({
    ...{ open: 2, decode: 5, wait: 160, network: 200 },
  });
});

test('while the one before pauses, the time is the next one’s own', async () => {
  const clock = createClock();
  const turns = new PhotoTurns();
  const first = turns.enter(1);
  first.opened();
  await first.begin();
  const second = turns.enter(2);
  clock.pass(100);
  const paused = first.pause();
  clock.pass(7);
  second.opened();
  await paused;
  clock.pass(30);
  void second.begin();
  expect(second.own({ open: 107, decode: 31 })).toEqual({ open: 7, decode: 1, wait: 130 });
});

test('one that is decoded in its turn has all of that time itself', async () => {
  const clock = createClock();
  const turns = new PhotoTurns();
  const only = turns.enter(1);
  only.opened();
  await only.begin();
  clock.pass(80);
  await only.begin();
  expect(only.own({ open: 1, decode: 80 })).toEqual({ open: 1, decode: 80 });
});
