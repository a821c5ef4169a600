import { AppError, type OutputName } from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../model/manifest.ts';
import { defaultPhotoLimits } from '../image/photo-limits.ts';
import type { Deadline } from '../process/parser-process.ts';
import { loadParser, PhotoParser } from './load-parser.ts';
import { Turns } from './turns.ts';

const photo = new TextEncoder().encode('a photo');

/** A parser that finds nothing, and what its engine was asked for. */
function createParser() {
  const asked: { name: string | undefined; deadline: Deadline }[] = [];
  const parser = new PhotoParser({
    engine: {
      read: async ({ name }, _options, deadline) => {
        asked.push({ name, deadline });
        return { width: 1, height: 1, scale: 1, masks: [], people: 0, timings: {} };
      },
      encode: async () => [],
      close: async () => undefined,
    },
    manifest: { labels: [] } as unknown as Manifest,
    limits: defaultPhotoLimits,
    turns: new Turns(1, 10),
  });
  return { parser, asked };
}

describe('loadParser', () => {
  it.each([
    { loadTimeoutMs: Number.POSITIVE_INFINITY },
    { loadTimeoutMs: 2 ** 31 },
    { loadTimeoutMs: -1 },
    { maxImageBytes: Number.POSITIVE_INFINITY },
    { maxImageBytes: 0.5 },
    { maxImagePixels: Number.NaN },
    { maxImagePixels: 0 },
  ])('refuses %j, in this process and in one of its own', async (options) => {
    const [name] = Object.keys(options);
    for (const processes of [0, 1]) {
      const refused = { code: 'invalid_request', message: expect.stringContaining(`${name} is `) as string };
      await expect(loadParser('no such model', { ...options, processes })).rejects.toMatchObject(refused);
    }
  });
});

describe('a parser', () => {
  it.each([
    { timeoutMs: Number.POSITIVE_INFINITY },
    { timeoutMs: 2 ** 31 },
    { timeoutMs: Number.NaN },
    { timeoutMs: -1 },
    { name: 'n'.repeat(256) },
    { name: '' },
    { outputs: ['picture' as OutputName] },
  ])('refuses %j before its engine sees it', async (options) => {
    const { parser, asked } = createParser();
    await expect(parser.parse(photo, options)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(asked).toEqual([]);
  });

  it('takes the longest timeout and the longest name that there are', async () => {
    const { parser, asked } = createParser();
    await parser.parse(photo, { timeoutMs: 2 ** 31 - 1, name: 'n'.repeat(255) });
    expect(asked).toMatchObject([{ name: 'n'.repeat(255), deadline: { timeoutMs: 2 ** 31 - 1 } }]);
  });

  it('stops reading a photo’s file when it is canceled', async () => {
    const { parser, asked } = createParser();
    const path = new URL('../../testing/image/mpo.jpg', import.meta.url);
    const cancel = new AbortController();
    const parse = parser.parse(path, { signal: cancel.signal });
    cancel.abort();
    await expect(parse).rejects.toMatchObject({ code: 'canceled' });
    expect(asked).toEqual([]);
    await parser.parse(path);
    expect(asked).toMatchObject([{ name: 'mpo.jpg' }]);
  });

  it('refuses to encode outputs that there are not, and limits that are none', async () => {
    const { parser } = createParser();
    const result = await parser.parse(photo);
    const unknown = 'picture' as OutputName;
    const refusals = [
      result.encode(unknown),
      result.files(['masks', unknown]),
      result.encode('masks', { timeoutMs: Number.POSITIVE_INFINITY }),
    ].map((refused) =>
      refused.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    for (const error of await Promise.all(refusals)) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'invalid_request' });
    }
  });
});
