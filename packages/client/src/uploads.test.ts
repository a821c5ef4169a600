import { afterEach, expect, test, vi } from 'vitest';
import { clientOf, problem } from '../testing/scripted-service.ts';

afterEach(() => void vi.useRealTimers());

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);

function uploadTo(url: string): Response {
  const headers = { 'content-type': 'image/png', 'content-length': '12' };
  return Response.json({ key: 'uploads/1/a.png', method: 'PUT', url, headers }, { status: 201 });
}

test('a photo goes to the bucket with its type and name, without the API key', async () => {
  const { client, sent } = clientOf(uploadTo('http://bucket/1'), new Response());
  expect(await client.uploads.create(png, { name: 'a.png' })).toEqual({ key: 'uploads/1/a.png' });
  expect(JSON.parse(sent[0]?.body as string)).toEqual({ content_type: 'image/png', bytes: 12, filename: 'a.png' });
  expect(sent[1]).toMatchObject({ method: 'PUT', url: 'http://bucket/1' });
  expect(Object.fromEntries(sent[1]?.headers ?? [])).toEqual({ 'content-type': 'image/png' });
  expect((sent[1]?.body as Blob).size).toBe(12);
});

test('a bucket that refuses is tried again with a URL that is signed anew, for the same key', async () => {
  vi.useFakeTimers();
  const refusal = new Response('<Error>', { status: 403 });
  const { client, sent } = clientOf(
    uploadTo('http://bucket/old'),
    refusal,
    uploadTo('http://bucket/new'),
    new Response(),
  );
  const retried: string[] = [];
  const uploaded = client.uploads.create(png, { onRetry: ({ code }) => retried.push(code) });
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await uploaded).key).toBe('uploads/1/a.png');
  expect(retried).toEqual(['storage_unavailable']);
  expect(sent.map(({ url }) => url)).toEqual([
    ...['http://service/v1/uploads', 'http://bucket/old', 'http://service/v1/uploads', 'http://bucket/new'],
  ]);
  const keys = [sent[0], sent[2]].map((request) => request?.headers.get('idempotency-key'));
  expect(keys[0]).toBe(keys[1]);
});

test.each([
  [403, 'refused', 2],
  [404, 'refused', 1],
  [413, 'refused', 1],
  [429, 'storage_unavailable', 6],
  [503, 'storage_unavailable', 6],
])('a bucket that keeps answering %i: %s, after %i tries', async (status, code, tries) => {
  vi.useFakeTimers();
  const { client, sent } = clientOf(({ url }) =>
    url.startsWith('http://bucket') ? new Response('<Error>', { status }) : uploadTo('http://bucket/1'),
  );
  const uploaded = client.uploads.create(png).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await uploaded).toMatchObject({ code, status, message: `The bucket answered ${status}.` });
  expect(sent.filter(({ url }) => url === 'http://bucket/1')).toHaveLength(tries);
});

test('what the service does not take is refused before anything is sent to the bucket', async () => {
  const { client, sent } = clientOf(problem(422, 'invalid_request'));
  await expect(client.uploads.create(new Blob(['words']))).rejects.toMatchObject({ code: 'invalid_request' });
  expect(sent).toHaveLength(1);
});
