import { Writable } from 'node:stream';
import { AppError } from '@m2fp/contract';
import { expect, test } from 'vitest';
import type { PhotoOutcome } from './parse-files.ts';
import { RunProgress } from './run-progress.ts';

const photo = { path: '/a.jpg', name: 'a.jpg', folder: 'a' };
const skipped: PhotoOutcome = { photo, status: 'skipped' };
const failed: PhotoOutcome = { photo, status: 'failed', error: new AppError('image_unreadable', 'Broken.') };
const parsed = (elapsedMs: number): PhotoOutcome => ({
  ...{ photo, status: 'succeeded', files: [], timings: {}, elapsedMs },
  summary: {
    model: { name: 'people', kind: 'm2fp', version: '1', synthetic: false },
    ...{ image: { width: 1, height: 1 }, scale: 1, people: 1, labels: [] },
  },
});

/** A run on a clock of its own. */
function createRun(total: number, hasLines = true) {
  const lines: string[] = [];
  const write = (line: string, _encoding: string, done: () => void): void => {
    lines.push(line.trimEnd());
    done();
  };
  const clock = { ms: 0 };
  let shown: (() => string) | undefined;
  const status = { show: (words: () => string) => void (shown = words), hide: () => void (shown = undefined) };
  const stream = new Writable({ decodeStrings: false, write });
  const progress = new RunProgress({ stream, status, hasLines, now: () => clock.ms });
  progress.begin(total);
  return { lines, clock, progress, shown: () => shown?.() };
}

test('with few photos, each has its line', () => {
  const { lines, progress } = createRun(2);
  progress.add(skipped);
  progress.add(failed);
  expect(lines).toEqual(['[1/2] a.jpg: its results are there', '[2/2] a.jpg: failed, image_unreadable']);
});

test('with many, failures have theirs, with the rate and the time left', () => {
  const { lines, clock, progress } = createRun(1_000);
  for (let done = 0; done < 999; done++) {
    clock.ms += 500;
    progress.add(done === 1 ? failed : parsed(500));
  }
  // One a second, and the one that failed.
  expect(lines).toHaveLength(500);
  expect(lines[1]).toMatch(/^\[2\/1000\] a\.jpg: failed, image_unreadable \(/);
  expect(lines.at(-1)).toBe('[998/1000] a.jpg: 1 person, 0.50 s (2.0 photos/s, 1 s left)');
});

test('what takes time is said from the beginning, with the time that it usually takes', () => {
  const { clock, progress, shown } = createRun(3);
  progress.load('people', { loadMs: 2_000, photoMs: 4_000 });
  expect(shown()).toBe('Loading the model people · about 14 s left');
  clock.ms = 1_000;
  expect(shown()).toBe('Loading the model people · about 13 s left');
  expect(progress.unfinished()).toBeUndefined();
  progress.loaded();
  progress.beginPhoto('a.jpg');
  expect(shown()).toBe('[1/3] a.jpg: parsing · about 12 s left');
  clock.ms = 3_000;
  progress.update({ percent: 50, stage: 'detected', done: 1, total: 2 });
  expect(shown()).toBe('[1/3] a.jpg: head 2 of 2 · about 10 s left');
  expect(progress.unfinished()).toBe('a.jpg is finished first, about 2 s');
});

test('the photos correct what was expected, and no time is promised that has passed', () => {
  const { clock, progress, shown } = createRun(2);
  progress.load('people', { loadMs: 0, photoMs: 60_000 });
  progress.loaded();
  progress.beginPhoto('a.jpg');
  clock.ms = 10_000;
  progress.add(parsed(10_000));
  progress.beginPhoto('b.jpg');
  expect(shown()).toBe('[2/2] b.jpg: parsing · about 10 s left');
  clock.ms = 35_000;
  expect(shown()).toBe('[2/2] b.jpg: parsing · 25 s so far');
  expect(progress.times()).toEqual({ loadMs: 0, photoMs: 10_000 });
});

test('a run whose photos are told elsewhere has no lines', () => {
  const { lines, progress } = createRun(1, false);
  progress.add(failed);
  expect(lines).toEqual([]);
});
