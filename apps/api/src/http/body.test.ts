import { bounds } from '@m2fp/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { testSettings } from '../../testing/test-api.ts';
import { anonymousCaller } from '../access/caller.ts';
import { BodyHold, Shares, totalLimits } from '../access/shares.ts';
import { readJson } from './body.ts';

const schema = z.strictObject({
  input: z.strictObject({ key: z.string() }),
  'a/b~c': z.int().optional(),
});

const holder = { owner: 'owner', limits: { ...anonymousCaller(testSettings).limits, upload_bytes: 100_000 } };
const noLimits = anonymousCaller(testSettings).limits;
let shares = new Shares(totalLimits(testSettings));
let counted = 0;
beforeEach(() => {
  counted = 0;
  shares = new Shares(totalLimits(testSettings));
});

function request(body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, duplex: 'half' };
  const raw = new Request('http://api/', init as RequestInit);
  return { raw, hold: new BodyHold(shares, holder), count: async (requests: number) => void (counted += requests) };
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
    expect(errors.find(({ pointer }) => pointer === '/extra')?.message).toBe('Unknown field; there are: input, a/b~c');
  });

  test('whose top level is not an object has the empty pointer', async () => {
    await expect(readJson(request('[]'), schema, 100)).rejects.toMatchObject({ errors: [{ pointer: '' }] });
  });

  test('is held, as announced or as it arrives, until it is released', async () => {
    const text = JSON.stringify({ input: { key: 'x'.repeat(60_000) } });
    const announced = request(text, { 'content-length': String(text.length) });
    await readJson(announced, schema, 100_000);
    expect(shares.held('owner').upload_bytes).toBe(text.length);
    const second = request(text, { 'content-length': String(text.length) });
    await expect(readJson(second, schema, 100_000)).rejects.toMatchObject({ code: 'rate_limited' });
    const streamed = request(ReadableStream.from(chunksOf(text)));
    await expect(readJson(streamed, schema, 100_000)).rejects.toMatchObject({ code: 'rate_limited' });
    for (const { hold } of [announced, second, streamed]) hold.release();
    const third = request(ReadableStream.from(chunksOf(text)));
    await readJson(third, schema, 100_000);
    expect(shares.held('owner').upload_bytes).toBe(text.length);
    third.hold.release();
    expect(shares.totals()).toEqual({ waiters: 0, streams: 0, downloads: 0, upload_bytes: 0, memory: 0 });
  });

  test('that would fill the memory is refused, and one owner has half of it', async () => {
    const own = new BodyHold(shares, holder);
    own.keep(bounds.bodyMemory.max / 2);
    const refused = request('{"input":{"key":""}}', { 'content-length': '20' });
    await expect(readJson(refused, schema, 100)).rejects.toMatchObject({ code: 'overloaded' });
    const other = new BodyHold(shares, { ...holder, owner: 'other' });
    other.keep(bounds.bodyMemory.max / 2);
    expect(() => new BodyHold(shares, { ...holder, owner: 'third' }).keep(1)).toThrow('on their way');
    for (const hold of [own, other, refused.hold]) hold.release();
    await expect(readJson(request('{"input":{"key":""}}'), schema, 100)).resolves.toBeDefined();
  });

  test('counts as so many more requests as it is larger than an ordinary one', async () => {
    const body = JSON.stringify('x'.repeat(3 * bounds.jsonBody.max));
    const unlimited = { ...request(body), hold: new BodyHold(shares, { ...holder, limits: noLimits }) };
    await readJson(unlimited, z.unknown(), bounds.batchBody.max);
    expect(counted).toBe(3);
  });

  test('of millions of values is refused before it is parsed', async () => {
    const text = `{"input":{"key":[${'[],'.repeat(1_000_000)}[]]}}`;
    const unlimited = { ...request(text), hold: new BodyHold(shares, { ...holder, limits: noLimits }) };
    const error: unknown = await readJson(unlimited, schema, 4_000_000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_request', message: `More than ${bounds.jsonValues.max} values` });
    unlimited.hold.release();
  });

  test('may have any brackets in its texts, but not be nested too deeply', async () => {
    const key = `${'['.repeat(40)}"{${'['.repeat(40)}`;
    await expect(readJson(request(JSON.stringify({ input: { key } })), schema, 200)).resolves.toEqual({
      input: { key },
    });
    const deep = request(`{"input":${'['.repeat(40)}${']'.repeat(40)}}`);
    await expect(readJson(deep, schema, 200)).rejects.toThrow(`Nested more than ${bounds.jsonDepth.max} levels`);
  });
});

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000));
}
