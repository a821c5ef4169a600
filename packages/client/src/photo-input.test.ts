import { expect, test } from 'vitest';
import { clientOf } from '../testing/scripted-service.ts';
import type { PhotoInput } from './photo-input.ts';

const bytes = new TextEncoder().encode('a photo');

/** What the service got: the text of the photo, and its name. */
async function sentFor(photo: PhotoInput): Promise<readonly [text: string, name: string]> {
  const { client, sent } = clientOf(({ url }) => {
    if (url.startsWith('http://elsewhere/')) return new Response(bytes);
    return Response.json({ id: 'job_1' });
  });
  await client.jobs.create(photo);
  const image = await imageOf(sent.at(-1)?.body);
  return [await image.text(), image.name];
}

async function imageOf(body: unknown): Promise<File> {
  return (await new Response(body as Blob).formData()).get('image') as File;
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 2);
  yield bytes.subarray(2);
}

test.each<[string, () => PhotoInput, string]>([
  ['bytes', () => bytes, ''],
  ['a message of Node’s HTTP, which has a URL', () => Object.assign(pieces(), { url: '/upload' }), ''],
  ['a part of a buffer', () => new Uint8Array([0, ...bytes, 0]).subarray(1, 1 + bytes.length), ''],
  ['an ArrayBuffer', () => bytes.slice().buffer, ''],
  ['a Blob', () => new Blob([bytes]), 'blob'],
  ['a File', () => new File([bytes], 'me.jpg'), 'me.jpg'],
  ['a stream of the web', () => new Blob([bytes]).stream(), 'blob'],
  ['a stream of Node', () => pieces(), 'blob'],
  ['a Response', () => new Response(bytes), 'blob'],
  ['a URL', () => new URL('http://elsewhere/some%20folder/my%20cat.jpg?size=large'), 'my cat.jpg'],
  ['a URL as text', () => 'http://elsewhere/cat.jpg', 'cat.jpg'],
])('%s is sent whole, with the name that it has', async (_, photo, name) => {
  const [text, sentName] = await sentFor(photo());
  expect(text).toBe('a photo');
  expect(sentName === '' ? 'blob' : sentName).toBe(name === '' ? 'blob' : name);
});

test('a form has its fields and the name of the photo, whatever they contain', async () => {
  const { client, sent } = clientOf(Response.json({ id: 'job_1' }));
  const metadata = { note: 'größe "1"\r\n--' };
  await client.jobs.create(new File([bytes], 'a "b"\r\nü.jpg'), { model: 'people', metadata });
  const form = await new Response(sent[0]?.body as Blob).formData();
  expect(form.get('model')).toBe('people');
  expect(JSON.parse(form.get('metadata') as string)).toEqual(metadata);
  expect((form.get('image') as File).name).toBe('a "b"\r\nü.jpg');
});

test('the key of a photo in the bucket is sent as it is', async () => {
  const { client, sent } = clientOf(Response.json({ id: 'job_1' }));
  await client.jobs.create({ key: 'inputs/1.jpg' }, { model: 'people' });
  expect(JSON.parse(sent[0]?.body as string)).toEqual({ input: { key: 'inputs/1.jpg' }, model: 'people' });
  await client.jobs.create({ url: 'https://elsewhere/1.jpg?token=x' });
  expect(JSON.parse(sent[1]?.body as string)).toEqual({ input: { url: 'https://elsewhere/1.jpg?token=x' } });
});

test('a stream is read once, however often it is sent', async () => {
  const { client, sent } = clientOf(new TypeError('fetch failed'), Response.json({ id: 'job_1' }));
  await client.jobs.create(pieces());
  const texts = sent.map(async ({ body }) => (await imageOf(body)).text());
  expect(await Promise.all(texts)).toEqual(['a photo', 'a photo']);
});

test('what cannot be read is not sent, and says why', async () => {
  const { client, sent } = clientOf(new Response('no', { status: 404 }));
  const refused = (photo: PhotoInput) => client.jobs.create(photo).catch((error: unknown) => error);
  expect(await refused('http://elsewhere/cat.jpg')).toMatchObject({
    code: 'input_unreadable',
    message: 'The photo cannot be read: the answer was 404.',
  });
  expect(await refused(new Request('http://here/').body as never)).toMatchObject({
    code: 'input_unreadable',
    message: 'The photo cannot be read: there is none.',
  });
  expect(await refused('/no/such/cat.jpg')).toMatchObject({ code: 'input_unreadable', cause: { code: 'ENOENT' } });
  const large = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 28 + 1)) });
  expect(await refused(large)).toMatchObject({ code: 'payload_too_large' });
  expect(sent.map(({ url }) => url)).toEqual(['http://elsewhere/cat.jpg']);
});

test('an abort ends the reading of a stream that never comes to its end', async () => {
  const { client, sent } = clientOf(Response.json({ id: 'job_1' }));
  const silent = new ReadableStream({ pull: () => new Promise(() => undefined) });
  const call = { signal: AbortSignal.timeout(10) };
  await expect(client.jobs.create(silent, call)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(sent).toEqual([]);
});
