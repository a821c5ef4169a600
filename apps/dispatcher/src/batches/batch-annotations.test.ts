import { AppError, imageIdOf, parseOptionsSchema, type CocoDataset, type OutputName } from '@m2fp/contract';
import type { BatchRecord } from '@m2fp/queue/batches';
import { createLogger } from '@m2fp/service/logger';
import { createMemoryStorage } from '@m2fp/storage/testing';
import { expect, test } from 'vitest';
import { storeAnnotations } from './batch-annotations.ts';
import { packOutcome, type Outcome } from './batch-outcomes.ts';
import { photoPrefix } from './batch-photos.ts';

const never = new AbortController().signal;

interface Photo {
  readonly key: string;
  readonly status?: Outcome['status'];
  /** Its `masks.json`: `one` mask, or this text; none if undefined. */
  readonly masks?: string | undefined;
}

/** A batch whose photos all have an outcome, and what it is kept in. */
async function createBatch(photos: readonly Photo[], { outputs = ['masks'] as OutputName[], prefix = '' } = {}) {
  const storage = createMemoryStorage();
  const batch = {
    id: 'batch_0',
    spec: {
      ...(prefix === '' ? {} : { inputPrefix: prefix }),
      ...{ output: { prefix: 'results/b/' }, options: parseOptionsSchema.parse({ outputs }) },
    },
    total: photos.length,
    succeeded: photos.filter(({ status = 'succeeded' }) => status === 'succeeded').length,
  } as unknown as BatchRecord;
  const outcomes: (Buffer | null)[] = [];
  for (const [index, { key, status = 'succeeded', masks }] of photos.entries()) {
    const folder = photoPrefix(batch, index);
    const outcome: Outcome = { index, key, job_id: 'job_1', status, people: 1, files: [] };
    outcomes.push(status === 'canceled' ? null : packOutcome(outcome, folder));
    if (masks !== undefined)
      await storage.put(`${folder}masks.json`, Buffer.from(masks), { contentType: '', signal: never });
  }
  const batches = {
    keep: async () => undefined,
    inputs: async (_id: string, start: number, limit: number) =>
      photos.slice(start, start + limit).map(({ key }) => key),
    outcomes: async (_id: string, start: number, limit: number) => outcomes.slice(start, start + limit),
  };
  const parts = { batches, storage, log: createLogger('silent', {}), s3TimeoutMs: 5_000 };
  const read = async (): Promise<string> => {
    const bytes = await storage.get('results/b/annotations.json', { maxBytes: 2 ** 30, signal: never });
    return Buffer.from(bytes).toString();
  };
  return { batch, parts, storage, read, dataset: async () => JSON.parse(await read()) as CocoDataset };
}

const one = JSON.stringify({
  images: [{ id: 1, file_name: 'photo.jpeg', width: 2, height: 1 }],
  categories: [{ id: 1, name: 'hair', supercategory: 'part' }],
  annotations: [
    {
      category_id: 1,
      score: 1,
      bbox: [0, 0, 1, 1],
      area: 1,
      person_id: 1,
      segmentation: { size: [1, 2], counts: '011' },
    },
  ],
});

test('of a batch has what succeeded, named from the folder that all keys have in common', async () => {
  const { batch, parts, dataset } = await createBatch([
    { key: 'inputs/shop/2026/a.jpg', masks: one },
    { key: 'inputs/shop/2026/b.jpg', status: 'failed' },
    { key: 'inputs/shop/2025/a.jpg', masks: one },
    { key: 'inputs/shop/2025/c.jpg', status: 'canceled' },
    { key: 'inputs/shop/2026/a.jpg', masks: one },
    { key: 'inputs/shop/missing.jpg' },
    { key: 'inputs/shop/broken.jpg', masks: '{' },
  ]);
  await expect(storeAnnotations(batch, parts, never)).resolves.toBe('results/b/annotations.json');
  const { images, annotations, info } = await dataset();
  expect(images.map(({ file_name: name }) => name)).toEqual(['2026/a.jpg', '2025/a.jpg']);
  expect(annotations.map(({ image_id: id }) => id)).toEqual(['2026/a.jpg', '2025/a.jpg'].map(imageIdOf));
  expect(info).toMatchObject({ photos: 2, left_out: 2, repeated: 1 });
});

test.each([
  ['inputs/album-', 'inputs/album-7/a.jpg', 'album-7/a.jpg'],
  ['inputs/album-7/', 'inputs/album-7/x/a.jpg', 'x/a.jpg'],
  ['a', 'a.jpg', 'a.jpg'],
])('of the prefix %s calls %s %s', async (prefix, key, name) => {
  const { batch, parts, dataset } = await createBatch([{ key, masks: one }], { prefix });
  await storeAnnotations(batch, parts, never);
  expect((await dataset()).images).toMatchObject([{ file_name: name }]);
});

test('are not made for a batch without masks, or in which nothing succeeded', async () => {
  const photos = [{ key: 'inputs/a.jpg', masks: one }];
  for (const made of [
    await createBatch(photos, { outputs: ['colormap'] }),
    await createBatch([{ key: 'inputs/a.jpg', status: 'failed' }]),
  ]) {
    await expect(storeAnnotations(made.batch, made.parts, never)).resolves.toBeUndefined();
    await expect(made.read()).rejects.toMatchObject({ code: 'input_not_found' });
  }
});

test('are the same bytes if they are made again, after a fault in between', async () => {
  const photos = Array.from({ length: 30 }, (_, i): Photo => ({ key: `inputs/${i}.jpg`, masks: one }));
  const { batch, parts, storage, read } = await createBatch(photos);
  await storeAnnotations(batch, parts, never);
  const first = await read();
  let reads = 0;
  const get: typeof storage.get = async (key, options) => {
    reads += 1;
    if (reads === 20) throw new AppError('storage_unavailable', 'S3 is down.');
    return storage.get(key, options);
  };
  const failing = { ...parts, storage: { get, putStream: storage.putStream.bind(storage) } };
  await expect(storeAnnotations(batch, failing, never)).rejects.toMatchObject({ code: 'storage_unavailable' });
  await storeAnnotations(batch, failing, never);
  expect(await read()).toBe(first);
});

test('are given up if storage refuses them for good', async () => {
  const { batch, parts, storage } = await createBatch([{ key: 'inputs/a.jpg', masks: one }]);
  const refuse = async (): Promise<never> => {
    throw new AppError('input_denied', 'No rights.');
  };
  const denied = { ...parts, storage: { get: refuse, putStream: storage.putStream.bind(storage) } };
  await expect(storeAnnotations(batch, denied, never)).resolves.toBeUndefined();
});

test('stop with the signal, also while others are being made, and leave room for the next', async () => {
  const photos = Array.from({ length: 3 }, (_, i): Photo => ({ key: `inputs/${i}.jpg`, masks: one }));
  const { batch, parts, storage, read } = await createBatch(photos);
  const silent: typeof storage.get = (_key, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const stuck = { ...parts, storage: { get: silent, putStream: storage.putStream.bind(storage) } };
  const stops = Array.from({ length: 5 }, () => new AbortController());
  const made = stops.map(({ signal }) => storeAnnotations(batch, stuck, signal));
  const next = storeAnnotations(batch, parts, never);
  const ended = Promise.allSettled(made);
  // The last ones first: they wait for their turn.
  for (const stop of stops.toReversed()) stop.abort(new Error('handed back'));
  expect(await ended).toMatchObject(made.map(() => ({ status: 'rejected', reason: { message: 'handed back' } })));
  await next;
  expect(JSON.parse(await read())).toMatchObject({ info: { photos: 3 } });
});

test('photos that only the queries of their URLs tell apart keep their index; no query is in the file', async () => {
  const { batch, parts, read } = await createBatch([
    { key: 'https://a.example/get?id=1&token=secret', masks: one },
    { key: 'https://a.example/get?id=2&token=secret', masks: one },
    { key: 'https://a.example/c.jpg?token=secret', masks: one },
  ]);
  await storeAnnotations(batch, parts, never);
  const text = await read();
  expect(text).not.toContain('secret');
  const { images } = JSON.parse(text) as CocoDataset;
  expect(images.map(({ file_name: name }) => name)).toEqual(['0/get', '1/get', 'c.jpg']);
});
