import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readOutTarget } from './out-target.ts';

test('results go into a folder, unless a file is named', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-out-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, 'album.jpg'));
  const folder = (name: string) => ({ kind: 'folder', path: join(dir, name) });
  expect(await readOutTarget(join(dir, 'out'), undefined)).toEqual(folder('out'));
  expect(await readOutTarget(join(dir, 'v1.2'), ['cutout'])).toEqual(folder('v1.2'));
  expect(await readOutTarget(join(dir, 'album.jpg'), ['overlay'])).toEqual(folder('album.jpg'));
});

test('a file takes the one output that it can be, or that was asked for', async () => {
  expect(await readOutTarget('-', ['masks'])).toEqual({ kind: 'stdout', output: 'masks' });
  expect(await readOutTarget('/a/cut.PNG', ['cutout'])).toEqual({ kind: 'file', path: '/a/cut.PNG', output: 'cutout' });
  expect(await readOutTarget('/a/b.jpeg', undefined)).toEqual({ kind: 'file', path: '/a/b.jpeg', output: 'overlay' });
  expect(await readOutTarget('/a/b.json', undefined)).toMatchObject({ kind: 'file', output: 'masks' });
});

test.each([
  ['-', undefined, /^standard output takes one file: choose it with --outputs \(masks, colormap, .*agnostic\)$/],
  ['-', ['masks', 'overlay'], /^standard output takes one file/],
  ['-', ['people'], /^standard output cannot take people, which is a file for each person/],
  ['cut.png', undefined, /^cut\.png takes one file: choose it with --outputs \(colormap, instances, cutout/],
  ['cut.png', ['overlay'], /^cut\.png cannot take overlay, which is a \.jpg file: choose one of colormap/],
] as const)('%s for %j is refused in words', async (out, outputs, words) => {
  expect(await readOutTarget(out, outputs)).toMatch(words);
});
