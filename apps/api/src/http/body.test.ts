import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readJson } from './body.ts';

const schema = z.strictObject({
  input: z.strictObject({ key: z.string() }),
  'a/b~c': z.int().optional(),
});

function request(body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, duplex: 'half' };
  return new Request('http://api/', init as RequestInit);
}

describe('a JSON body', () => {
  test('is read and checked', async () => {
    expect(await readJson(request('{"input":{"key":"ü"}}'), schema, 100)).toEqual({ input: { key: 'ü' } });
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON'])('may be declared as %j', async (type) => {
    await expect(
      readJson(request('{"input":{"key":""}}', { 'content-type': type }), schema, 100),
    ).resolves.toBeDefined();
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'of type %j is an unsupported media type',
    async (type) => {
      const promise = readJson(request('{}', { 'content-type': type }), schema, 100);
      await expect(promise).rejects.toMatchObject({ code: 'unsupported_media_type' });
    },
  );

  test('that is compressed is an unsupported media type', async () => {
    const promise = readJson(request('{}', { 'content-encoding': 'gzip' }), schema, 100);
    await expect(promise).rejects.toMatchObject({ code: 'unsupported_media_type' });
  });

  test.each(['', '{', '{"input":}', 'NaN', "{'input':1}", '{} {}', '\ufeff\ufeff{}'])(
    '%j is malformed',
    async (text) => {
      await expect(readJson(request(text), schema, 100)).rejects.toMatchObject({ code: 'malformed_request' });
    },
  );

  test('that is not UTF-8 is malformed', async () => {
    const promise = readJson(request(Uint8Array.of(0x22, 0xff, 0x22)), schema, 100);
    await expect(promise).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('that declares itself too large is not read', async () => {
    const unread = new ReadableStream({ pull: () => Promise.reject(new Error('was read')) }, { highWaterMark: 0 });
    const promise = readJson(request(unread, { 'content-length': '101' }), schema, 100);
    await expect(promise).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('that turns out too large is not read to its end', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64)) });
    await expect(readJson(request(endless), schema, 100)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('of the wrong shape names each fault by its JSON pointer, unknown fields one by one', async () => {
    const body = JSON.stringify({ input: { key: 1, color: 2 }, 'a/b~c': 'x', extra: 1, more: 2 });
    const error: unknown = await readJson(request(body), schema, 1000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_request' });
    const { errors } = error as { errors: { pointer: string; message: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/a~1b~0c',
      '/extra',
      '/input/color',
      '/input/key',
      '/more',
    ]);
    expect(errors.find(({ pointer }) => pointer === '/extra')?.message).toBe('Unknown field');
  });

  test('whose top level is not an object has the empty pointer', async () => {
    await expect(readJson(request('[]'), schema, 100)).rejects.toMatchObject({ errors: [{ pointer: '' }] });
  });
});
