import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ParsedPhoto } from '@m2fp/datasets/export';
import { expect, onTestFinished, test } from 'vitest';
import { batchOfApi } from './batch-of-api.ts';
import { type BatchSource, resultsOfBatch } from './results-of-batch.ts';

const { signal } = new AbortController();

function line(key: string, status = 'succeeded'): string {
  const files = [{ output: 'masks', key: `results/${key}`, content_type: 'application/json', bytes: 1 }];
  return `${JSON.stringify({ index: 0, key, job_id: 'job_1', status, ...(status === 'succeeded' ? { files } : {}) })}\n`;
}

/** Gives the manifest in pieces of a few bytes. */
function sourceOf(manifest: string): BatchSource {
  return {
    async manifest() {
      const bytes = Buffer.from(manifest);
      async function* pieces() {
        for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
      }
      return pieces();
    },
    read: ({ key }) => Promise.resolve(Buffer.from(`result ${key}`)),
    photo: (key) => Promise.resolve(Buffer.from(`photo ${key}`)),
  };
}

async function all(photos: AsyncIterable<ParsedPhoto>): Promise<ParsedPhoto[]> {
  const found: ParsedPhoto[] = [];
  for await (const photo of photos) found.push(photo);
  return found;
}

test('photos are called by their keys from the folder on that all have in common', async () => {
  const keys = ['in/album/ä.jpg', 'in/album/b/c.png', 'in/album/b/c.jpg', 'in/al', 'in/album/B/C.webp'];
  const manifest = [line('in/x', 'failed'), ...keys.map((key) => line(key))].join('');
  const photos = await all(resultsOfBatch(sourceOf(manifest.trimEnd())));
  expect(photos.map(({ stem, ext }) => [stem, ext])).toEqual([
    ['album/ä', '.jpg'],
    ['album/b/c', '.png'],
    ['album/b/c-2', '.jpg'],
    ['al-2', ''],
    ['album/B/C-3', '.webp'],
  ]);
  expect(Buffer.from((await photos[0]?.read('masks')) ?? '').toString()).toBe('result results/in/album/ä.jpg');
  expect(await photos[0]?.read('overlay')).toBeUndefined();
  expect(await photos[1]?.photo()).toEqual({ bytes: Buffer.from('photo in/album/b/c.png') });
});

test('photos on disk never lie outside of their folder', async () => {
  const [photo] = await all(resultsOfBatch(sourceOf(line('in/a.jpg') + line('in/../../../etc/passwd')), '/photos'));
  await expect(photo?.photo()).rejects.toMatchObject({ message: 'There is no photo /photos/a.jpg.' });
  const [, climbing] = await all(
    resultsOfBatch(sourceOf(line('in/a.jpg') + line('in/../../../etc/passwd')), '/photos'),
  );
  await expect(climbing?.photo()).rejects.toMatchObject({ message: 'There is no photo /photos/etc/passwd.' });
});

test.each(['no json\n', '{"key":"a.jpg"}\n', `${' '.repeat(70_000)}`])(
  'a manifest that is none is refused: %#',
  async (text) => {
    await expect(all(resultsOfBatch(sourceOf(line('a.jpg') + text)))).rejects.toMatchObject({
      code: 'invalid_request',
      message: "manifest.jsonl cannot be used: line 2 is none of a batch's.",
    });
  },
);

test('a batch is asked for by its id, with the key; its results are read through the API', async () => {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const answers: Readonly<Record<string, string>> = {
      '/v1/batches/batch_1': JSON.stringify({ status: 'finished', manifest: { url: `http://127.0.0.1:${port}/m` } }),
      '/v1/batches/batch_2': JSON.stringify({ status: 'processing', manifest: null }),
      '/m': line('in/a.jpg'),
      '/v1/jobs/job_1/files/masks': 'masks',
    };
    const answer = answers[request.url ?? ''];
    const isAllowed = request.url === '/m' || request.headers.authorization === 'Bearer m2fp_key';
    const problem = JSON.stringify({
      code: 'not_found',
      title: 'None',
      detail: 'There is no such batch.',
      status: 404,
    });
    response.writeHead(answer !== undefined && isAllowed ? 200 : 404, { 'content-type': 'application/json' });
    response.end(answer ?? problem);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const batch = (id: string) => resultsOfBatch(batchOfApi(id, { url, key: 'm2fp_key' }, signal));
  const [photo] = await all(batch('batch_1'));
  expect(Buffer.from((await photo?.read('masks')) ?? '').toString()).toBe('masks');
  await expect(photo?.photo()).rejects.toMatchObject({ code: 'input_denied' });
  await expect(all(batch('batch_2'))).rejects.toMatchObject({ code: 'conflict' });
  await expect(all(batch('batch_3'))).rejects.toMatchObject({ code: 'not_found', message: 'There is no such batch.' });
});
