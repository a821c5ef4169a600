import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { assertOwnAnnotations, writeAnnotations } from './annotations-file.ts';

const masks = { images: [{ width: 4, height: 3 }], categories: [], annotations: [] };
const photos = [
  { name: 'a.jpg', folder: 'a' },
  { name: 'b.jpg', folder: 'b' },
  { name: 'c.jpg', folder: 'c' },
];
let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'm2fp-annotations-'));
  onTestFinished(() => rm(out, { recursive: true }));
  for (const { folder } of photos) await mkdir(join(out, folder));
  await writeFile(join(out, 'a/masks.json'), JSON.stringify(masks));
  await writeFile(join(out, 'b/masks.json'), '{"images":');
});

const read = () => readFile(join(out, 'annotations.json'), 'utf8');

test('photos whose masks.json is broken or missing are left out and counted', async () => {
  const signal = new AbortController().signal;
  expect(await writeAnnotations(out, photos, signal)).toMatchObject({ images: 1, leftOut: 2 });
  expect(JSON.parse(await read())).toMatchObject({ images: [{ file_name: 'a.jpg', width: 4, height: 3 }] });
  await assertOwnAnnotations(out);
});

test('an abort leaves the old file, and nothing beside it', async () => {
  await writeFile(join(out, 'annotations.json'), 'old');
  await expect(writeAnnotations(out, photos, AbortSignal.abort())).rejects.toThrow('aborted');
  expect(await read()).toBe('old');
  expect((await readdir(out)).sort()).toEqual(['a', 'annotations.json', 'b', 'c']);
  await expect(assertOwnAnnotations(out)).rejects.toThrow('name another folder');
});
