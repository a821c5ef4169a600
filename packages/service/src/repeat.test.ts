import { expect, test } from 'vitest';
import { repeatEvery } from './repeat.ts';

const nothing = (): void => undefined;

test('work is repeated, also after it failed, and never runs twice at once', async () => {
  const { promise: isEnough, resolve: enough } = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  let [running, most, runs] = [0, 0, 0];
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    runs += 1;
    if (runs === 1) throw new Error('the first');
    if (runs === 3) enough();
  };
  const routine = repeatEvery(1, work, (error) => errors.push(error));
  await isEnough;
  await routine.stop();
  expect(most).toBe(1);
  expect(errors).toEqual([new Error('the first')]);
});

test('to stop aborts the work, waits for its end, and does not report what it throws then', async () => {
  let hasEnded = false;
  const work = (signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        hasEnded = true;
        reject(new Error('aborted'));
      });
    });
  const errors: unknown[] = [];
  await repeatEvery(1, work, (error) => errors.push(error)).stop();
  expect(hasEnded).toBe(true);
  expect(errors).toEqual([]);
});

test('one that is stopped does not begin again', async () => {
  let runs = 0;
  await repeatEvery(1, async () => void (runs += 1), nothing).stop();
  const before = runs;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runs).toBe(before);
});
