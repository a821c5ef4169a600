import { Writable } from 'node:stream';
import { AppError } from '@m2fp/contract';
import { expect, test } from 'vitest';
import type { PhotoOutcome } from './parse-files.ts';
import { duration, RunProgress } from './run-progress.ts';

const photo = { path: '/a.jpg', name: 'a.jpg', folder: 'a' };
const skipped: PhotoOutcome = { photo, status: 'skipped' };
const failed: PhotoOutcome = { photo, status: 'failed', error: new AppError('image_unreadable', 'Broken.') };

function linesOf(total: number, outcomes: readonly PhotoOutcome[]): string[] {
  const lines: string[] = [];
  const write = (line: string, _encoding: string, done: () => void): void => {
    lines.push(line.trimEnd());
    done();
  };
  const stream = new Writable({ decodeStrings: false, write });
  const progress = new RunProgress(stream, total);
  for (const outcome of outcomes) progress.add(outcome);
  return lines;
}

test('with few photos, each has its line', () => {
  expect(linesOf(2, [skipped, failed])).toEqual([
    '[1/2] a.jpg: its results are there',
    '[2/2] a.jpg: failed, image_unreadable',
  ]);
});

test('with many, failures have theirs, with the rate and the time left', () => {
  const lines = linesOf(1_000, [failed, ...Array.from({ length: 998 }, () => failed)]);
  expect(lines).toHaveLength(999);
  expect(lines.at(-1)).toMatch(/^\[999\/1000\] a\.jpg: failed, image_unreadable \(\S+ photos\/s, 0 s left\)$/);
});

test.each([
  [40_400, '40 s'],
  [12 * 60_000, '12 min'],
  [185 * 60_000, '3 h 5 min'],
])('%s ms in words: %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
