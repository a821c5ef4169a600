/** What every object storage has to do, as tests: the unit tests of each implementation call this. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCapped, type ObjectStorage } from '../src/storage.ts';

const contentType = 'application/octet-stream';
const never = (): AbortSignal => new AbortController().signal;
const limit = (maxBytes: number) => ({ maxBytes, signal: never() });
const mebibyte = 2 ** 20;

/** Bytes that show if some are lost or out of place: they repeat every 251, which divides no size that storage uses. */
const turns = Uint8Array.from({ length: 251 }, (_, i) => i);
const pattern = (length: number): Uint8Array => Buffer.alloc(length, turns);

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** `create` returns an empty storage each time. */
export function describeObjectStorage(name: string, create: () => Promise<ObjectStorage>): void {
  describe(name, () => {
    let storage: ObjectStorage;
    beforeEach(async () => {
      storage = await create();
    });
    afterEach(() => storage.close());

    describeObjects(() => storage);
    describeListing(() => storage);
    describeStreams(() => storage);
    describeAborts(() => storage);
  });
}

function describeObjects(storage: () => ObjectStorage): void {
  it.each(['photo.jpg', 'a/b/c.png', 'spaces and + & ? # % .jpg', 'ünïcödé/写真.webp'])('keeps %s', async (key) => {
    await storage().put(key, pattern(1000), { contentType, signal: never() });
    expect(Buffer.from(await storage().get(key, limit(1000)))).toEqual(Buffer.from(pattern(1000)));
    expect(await storage().head(key, { signal: never() })).toMatchObject({ bytes: 1000 });
  });

  it('keeps an empty object, and overwrites', async () => {
    await storage().put('key', pattern(9), { contentType, signal: never() });
    await storage().put('key', new Uint8Array(0), { contentType, signal: never() });
    expect((await storage().get('key', limit(0))).byteLength).toBe(0);
    expect(await storage().head('key', { signal: never() })).toMatchObject({ bytes: 0 });
  });

  it('gives an object a tag that changes with its bytes, the same however it is read', async () => {
    const tags = async (bytes: number) => {
      await storage().put('key', pattern(bytes), { contentType, signal: never() });
      const { body, etag } = await storage().getStream('key', { signal: never() });
      await readCapped(body, limit(bytes));
      return [etag, (await storage().head('key', { signal: never() }))?.etag];
    };
    const [first, other] = [await tags(9), await tags(10)];
    expect(first[0]).toMatch(/^"[^"]+"$/);
    expect(first[1]).toBe(first[0]);
    expect(other[0]).not.toBe(first[0]);
    expect(await tags(9)).toEqual(first);
  });

  it('says input_not_found for a missing object', async () => {
    await expect(storage().get('nothing', limit(9))).rejects.toMatchObject({ code: 'input_not_found' });
    expect(await storage().head('nothing', { signal: never() })).toBeUndefined();
  });

  it('says image_too_large for an object above the cap', async () => {
    await storage().put('key', pattern(1000), { contentType, signal: never() });
    await expect(storage().get('key', limit(999))).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('removes objects, and ignores missing ones', async () => {
    for (const key of ['a', 'b']) await storage().put(key, pattern(1), { contentType, signal: never() });
    await storage().remove(['a', 'nothing'], { signal: never() });
    expect((await storage().list('', { signal: never() })).keys).toEqual(['b']);
  });

  it('answers a ping', async () => {
    await expect(storage().ping({ signal: never() })).resolves.toBeUndefined();
  });
}

function describeListing(storage: () => ObjectStorage): void {
  it('lists a prefix in pages, ascending', async () => {
    const keys = ['in/1', 'in/10', 'in/2', 'in/3', 'in/sub/4'];
    for (const key of [...keys.toReversed(), 'inside', 'other/5']) {
      await storage().put(key, pattern(1), { contentType, signal: never() });
    }
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await storage().list('in/', { cursor, limit: 2, signal: never() });
      pages.push(page.keys);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(keys);
    expect(await storage().list('nothing/', { signal: never() })).toEqual({ keys: [], objects: [], cursor: undefined });
  });

  it('lists sizes, and when each object was written last', async () => {
    const earlier = Date.now();
    for (const [key, length] of [
      ['in/a', 3],
      ['in/b', 0],
    ] as const) {
      await storage().put(key, pattern(length), { contentType, signal: never() });
    }
    const { objects } = await storage().list('in/', { signal: never() });
    expect(objects.map(({ key, bytes }) => [key, bytes])).toEqual([
      ['in/a', 3],
      ['in/b', 0],
    ]);
    // S3 counts in whole seconds.
    for (const { modifiedAt } of objects) expect(modifiedAt.getTime()).toBeGreaterThan(earlier - 2_000);
  });
}

function describeStreams(storage: () => ObjectStorage): void {
  // 5 MiB is the size of an S3 part.
  it.each([0, 1, 70_000, 5 * mebibyte, 11 * mebibyte + 1])('stores a stream of %i bytes', async (length) => {
    const bytes = pattern(length);
    const options = { contentType, maxBytes: length, signal: never() };
    expect(await storage().putStream('key', chunksOf(bytes, 65_536), options)).toEqual({ bytes: length });
    expect(Buffer.from(await storage().get('key', limit(length))).equals(bytes)).toBe(true);
  });

  it.each([1000, 11 * mebibyte])('leaves nothing of %i bytes that exceed the cap', async (length) => {
    const options = { contentType, maxBytes: length - 1, signal: never() };
    const stored = storage().putStream('key', chunksOf(pattern(length), 65_536), options);
    await expect(stored).rejects.toMatchObject({ code: 'image_too_large' });
    expect((await storage().list('', { signal: never() })).keys).toEqual([]);
  });

  it.each([0, 1, 700_000])('returns %i bytes as a stream, with their number', async (length) => {
    await storage().put('key', pattern(length), { contentType, signal: never() });
    const { bytes, body } = await storage().getStream('key', { signal: never() });
    expect(bytes).toBe(length);
    expect(Buffer.from(await readCapped(body, limit(length))).equals(pattern(length))).toBe(true);
  });

  it('has no stream of a missing object', async () => {
    const opened = storage().getStream('nothing', { signal: never() });
    await expect(opened).rejects.toMatchObject({ code: 'input_not_found' });
  });

  it('stops reading a stream at the cap', async () => {
    let chunks = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        chunks += 1;
        yield pattern(1000);
      }
    }
    const stored = storage().putStream('key', endless(), { contentType, maxBytes: 10_000, signal: never() });
    await expect(stored).rejects.toMatchObject({ code: 'image_too_large' });
    expect(chunks).toBe(11);
  });
}

function describeAborts(storage: () => ObjectStorage): void {
  // Node keeps a signal made by `AbortSignal.any`, and whatever its listeners hold, for as long as it has any.
  it('listens to no signal any longer than it works', async () => {
    const { signal } = new AbortController();
    await storage().put('key', pattern(1000), { contentType, signal });
    await storage().putStream('other', chunksOf(pattern(9), 9), { contentType, maxBytes: 9, signal });
    await storage().get('key', { maxBytes: 1000, signal });
    const { body } = await storage().getStream('key', { signal });
    await readCapped(body, limit(1000));
    const unread = await storage().getStream('key', { signal });
    for await (const _chunk of unread.body) break;
    await expect(storage().getStream('nothing', { signal })).rejects.toThrow();
    await storage().head('key', { signal });
    await storage().list('', { signal });
    await storage().remove(['key'], { signal });
    await vi.waitFor(() => expect(getEventListeners(signal, 'abort')).toEqual([]));
  });

  it('throws the reason of a signal that is already aborted', async () => {
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(storage().put('key', pattern(1), { contentType, signal })).rejects.toBe(reason);
    await expect(storage().get('key', { maxBytes: 9, signal })).rejects.toBe(reason);
    await expect(storage().getStream('key', { signal })).rejects.toBe(reason);
    await expect(storage().head('key', { signal })).rejects.toBe(reason);
    await expect(storage().list('', { signal })).rejects.toBe(reason);
    const stored = storage().putStream('key', chunksOf(pattern(9), 9), { contentType, maxBytes: 9, signal });
    await expect(stored).rejects.toBe(reason);
    expect((await storage().list('', { signal: never() })).keys).toEqual([]);
  });

  it('gives up on a silent stream, and leaves nothing of it', async () => {
    const reason = new Error('gone');
    const abort = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield pattern(6 * mebibyte);
      abort.abort(reason);
      await new Promise(() => undefined);
    }
    const options = { contentType, maxBytes: 9 * mebibyte, signal: abort.signal };
    await expect(storage().putStream('key', silent(), options)).rejects.toBe(reason);
    expect((await storage().list('', { signal: never() })).keys).toEqual([]);
  });

  it('passes on what a stream throws, and leaves nothing of it', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield pattern(6 * mebibyte);
      throw new Error('connection reset');
    }
    const options = { contentType, maxBytes: 9 * mebibyte, signal: never() };
    await expect(storage().putStream('key', broken(), options)).rejects.toThrow('connection reset');
    expect((await storage().list('', { signal: never() })).keys).toEqual([]);
  });
}
