import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@m2fp/contract';
import { expect, onTestFinished, test } from 'vitest';
import { parseBucketUrl } from '../buckets/bucket-url.ts';
import type { Bucket } from '../buckets/buckets.ts';
import { findPhotos, type FoundPhoto, type Places } from './find-photos.ts';

/** A bucket with these keys; the bucket `shut` refuses everything. */
function bucketsWith(...keys: string[]) {
  const open = (name: string): Bucket => ({
    name,
    get: () => Promise.resolve(new Uint8Array(0)),
    stream: () => Promise.reject(new Error('not asked for')),
    has: (key) => Promise.resolve(keys.includes(key)),
    async *list(prefix) {
      await Promise.resolve();
      if (name === 'shut') throw new AppError('storage_unavailable', 'AccessDenied');
      yield* keys.filter((key) => key.startsWith(prefix)).map((key) => ({ key, bytes: 1, modifiedAt: new Date(0) }));
    },
  });
  return { open };
}

async function find(args: readonly string[], { workingDir = '/', keys = [] as string[] } = {}): Promise<FoundPhoto[]> {
  const places: Places = {
    ...{ workingDir, outDir: join(workingDir, 'out'), buckets: bucketsWith(...keys) },
    web: { read: () => Promise.resolve(new Uint8Array(0)) },
    standardInput: () => Promise.resolve({ name: 'stdin.jpg', bytes: new Uint8Array([7]) }),
  };
  const found: FoundPhoto[] = [];
  for await (const photo of findPhotos(args, places)) found.push(photo);
  return found;
}

test('an argument that is not a photo fails alone, in its place', async () => {
  const workingDir = await mkdtemp(join(tmpdir(), 'm2fp-find-'));
  onTestFinished(() => rm(workingDir, { recursive: true }));
  for (const name of ['a.jpg', 'b.png']) await writeFile(join(workingDir, name), '');
  const found = await find(['missing.jpg', '.', 's3://shut/album/', 'a.jpg'], { workingDir });
  expect(found.map(({ path, name, error }) => [path, name, error?.code])).toEqual([
    [join(workingDir, 'missing.jpg'), 'missing.jpg', 'input_not_found'],
    [join(workingDir, 'a.jpg'), 'a.jpg', undefined],
    [join(workingDir, 'b.png'), 'b.png', undefined],
    ['s3://shut/album/', 'shut/album/', 'storage_unavailable'],
    [join(workingDir, 'a.jpg'), 'a.jpg', undefined],
  ]);
  expect(found[0]?.error?.message).toContain('missing.jpg');
});

test('a prefix gives the photos below it, called by their way from its last folder on', async () => {
  const keys = ['in/a.jpg', 'in/b/1', 'in/b/', 'in/b/2.PNG', 'in/._a.jpg', 'in/notes.txt', 'inner/c.jpg', 'z.jpg'];
  const named = async (url: string) => (await find([url], { keys })).map(({ path, name }) => [path, name]);
  expect(await named('s3://album/in/')).toEqual([
    ['s3://album/in/a.jpg', 'a.jpg'],
    ['s3://album/in/b/1', 'b/1'],
    ['s3://album/in/b/2.PNG', 'b/2.PNG'],
  ]);
  expect(await named('s3://album/in/b/2')).toEqual([['s3://album/in/b/2.PNG', '2.PNG']]);
  expect((await named('s3://album/in')).map(([, name]) => name)).toEqual([
    'in/a.jpg',
    'in/b/1',
    'in/b/2.PNG',
    'inner/c.jpg',
  ]);
  expect((await named('s3://album')).length).toBe(5);
});

test('a key that is there is that photo, whatever it is called', async () => {
  const found = await find(['s3://album/in/notes.txt'], { keys: ['in/notes.txt', 'in/notes.txt.jpg'] });
  expect(found).toMatchObject([{ name: 'notes.txt', path: 's3://album/in/notes.txt' }]);
});

test('a prefix without photos is an error that names it', async () => {
  expect(await find(['s3://album/none/'])).toMatchObject([
    { error: { code: 'input_not_found', message: 's3://album/none/ has no photos in it.' } },
  ]);
});

test('addresses are called by their path; what could be a secret in them is not shown', async () => {
  const address = 'https://cdn.example/a/group%20photo.jpg?token=secret';
  const found = await find([address, 'http://a.example/', 'https://me:secret@a.example/b.jpg', 'https://']);
  expect(found.map(({ path, name, error }) => [path, name, error?.code])).toEqual([
    ['https://cdn.example/a/group%20photo.jpg?…', 'group photo.jpg', undefined],
    ['http://a.example/', 'a.example', undefined],
    ['https://…@a.example/b.jpg', '…@a.example/b.jpg', 'input_denied'],
    ['https://', '', 'input_not_found'],
  ]);
});

test('a dash is the photo on standard input', async () => {
  const [photo] = await find(['-']);
  expect(photo).toMatchObject({ path: '-', name: 'stdin.jpg' });
  expect(await photo?.remote?.read()).toEqual(new Uint8Array([7]));
});

test.each([
  ['s3://bucket/a b/%20.jpg', { bucket: 'bucket', prefix: 'a b/%20.jpg' }],
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['s3:///a.jpg', undefined],
  ['s3:/bucket/a.jpg', undefined],
])('%s', (text, expected) => {
  expect(parseBucketUrl(text)).toEqual(expected);
});
