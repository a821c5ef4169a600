import type { JobProgress } from '@m2fp/contract';
import { createLogger } from '@m2fp/service/logger';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProgressWriter } from './progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const stored: JobProgress[] = [];
  const signs = vi.fn();
  const job = { updateProgress: async (progress: unknown) => void stored.push(progress as JobProgress) };
  const writer = new ProgressWriter(job, { progress: signs }, createLogger('silent', {}));
  /** A network that runs for a second, with an estimate every 200 ms. */
  const runNetwork = (from: number): void => {
    for (let tick = 0; tick < 5; tick++) {
      vi.advanceTimersByTime(200);
      writer.report({ stage: 'decoded', percent: from + tick });
    }
  };
  return { writer, stored, signs, runNetwork };
}

test('a job that nobody follows has its own stages written, and its parsing every two seconds', () => {
  const { writer, stored, runNetwork } = setUp();
  writer.report({ stage: 'fetched', percent: 10 });
  runNetwork(20);
  expect(stored).toEqual([{ stage: 'fetched', percent: 10 }]);
  runNetwork(30);
  runNetwork(40);
  expect(stored).toHaveLength(2);
  writer.report({ stage: 'parsed', percent: 90 });
  vi.advanceTimersByTime(100);
  expect(stored.at(-1)).toEqual({ stage: 'parsed', percent: 90 });
});

test('what nobody could see is not written', () => {
  const { writer, stored } = setUp();
  writer.report({ stage: 'fetched', percent: 10 });
  vi.advanceTimersByTime(50);
  writer.end();
  vi.advanceTimersByTime(5_000);
  expect(stored).toEqual([]);
});

test('a job that somebody follows has each step and estimate written, from that moment on', () => {
  const { writer, stored, runNetwork } = setUp();
  writer.report({ stage: 'fetched', percent: 10 });
  runNetwork(20);
  expect(stored).toHaveLength(1);
  writer.watched();
  vi.advanceTimersByTime(0);
  expect(stored.at(-1)).toEqual({ stage: 'decoded', percent: 24 });
  runNetwork(30);
  vi.advanceTimersByTime(150);
  expect(stored.map(({ percent }) => percent)).toEqual([10, 24, 30, 31, 32, 33, 34]);
});

test('an estimate is no sign that the parser is alive', () => {
  const { writer, signs, runNetwork } = setUp();
  writer.report({ stage: 'fetched', percent: 10 });
  runNetwork(20);
  expect(signs).toHaveBeenCalledTimes(2);
  writer.report({ stage: 'detected', percent: 30, done: 0, total: 1 });
  writer.report({ stage: 'detected', percent: 60, done: 1, total: 1 });
  expect(signs).toHaveBeenCalledTimes(4);
});

test('another attempt begins without the progress of the one before', () => {
  const { writer, stored } = setUp();
  writer.begin(1);
  expect(stored).toEqual([]);
  writer.begin(2);
  expect(stored).toEqual([0]);
});
