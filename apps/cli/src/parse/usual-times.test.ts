import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { rememberTimes, type TimesKey, usualTimes } from './usual-times.ts';

let cacheDir = '';
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-times-'));
  onTestFinished(() => rm(cacheDir, { recursive: true }));
});

const keyOf = (threads: number): TimesKey => ({ model: 'people', version: '1', threads, shortSide: 540 });

test('what a run took is known to the next one with the same settings', async () => {
  expect(await usualTimes(cacheDir, keyOf(2))).toBeUndefined();
  await rememberTimes(cacheDir, keyOf(2), { loadMs: 1_000.4, photoMs: 5_000 });
  await rememberTimes(cacheDir, keyOf(2), { loadMs: 1_200, photoMs: 4_000 });
  expect(await usualTimes(cacheDir, keyOf(2))).toEqual({ loadMs: 1_200, photoMs: 4_000 });
  expect(await usualTimes(cacheDir, keyOf(1))).toBeUndefined();
});

test('only the last fifty are kept', async () => {
  for (let threads = 1; threads <= 51; threads++)
    await rememberTimes(cacheDir, keyOf(threads), { loadMs: 1, photoMs: 1 });
  expect(await usualTimes(cacheDir, keyOf(1))).toBeUndefined();
  expect(await usualTimes(cacheDir, keyOf(2))).toBeDefined();
});

test('a damaged file, or a folder that cannot be made, is no error', async () => {
  await writeFile(join(cacheDir, 'times.json'), '{"people');
  expect(await usualTimes(cacheDir, keyOf(1))).toBeUndefined();
  await rememberTimes(cacheDir, keyOf(1), { loadMs: 1, photoMs: 1 });
  expect(await usualTimes(cacheDir, keyOf(1))).toBeDefined();
  await rememberTimes(join(cacheDir, 'times.json', 'below'), keyOf(1), { loadMs: 1, photoMs: 1 });
});
