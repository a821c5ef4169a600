import { parseOptionsSchema, type JobData, type JobProgress } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { createMemoryStorage } from '@m2fp/storage/testing';
import { describe, expect, it, vi } from 'vitest';
import type { ParsedPhoto } from '@m2fp/core/process';
import { runParseJob, type ParseJobParts } from './parse-job.ts';

const never = new AbortController().signal;
const data: JobData = {
  v: 1,
  input: { key: 'inputs/photo.jpg' },
  output: { prefix: 'results/one/' },
  options: parseOptionsSchema.parse({}),
  createdAt: '2026-11-23T12:00:00Z',
};
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const photo: ParsedPhoto = {
  summary: {
    model: { name: 'fake', kind: 'portrait', version: '1', synthetic: true },
    image: { width: 2, height: 1 },
    scale: 1,
    people: 1,
    labels: [],
  },
  files: [
    { output: 'masks', name: 'masks.json', contentType: 'application/json', bytes: bytesOf('{}') },
    { output: 'colormap', name: 'colormap.png', contentType: 'image/png', bytes: bytesOf('png') },
  ],
  timings: { network: 5 },
};

async function setUp(changes: { put?: (storage: ObjectStorage) => ObjectStorage['put']; s3TimeoutMs?: number } = {}) {
  const storage = createMemoryStorage();
  await storage.put(data.input.key, bytesOf('a photo'), { contentType: 'image/jpeg', signal: never });
  const parse = vi.fn<ParseJobParts['pool']['parse']>(async (_photo, _options, { onProgress }) => {
    onProgress?.({ percent: 5 });
    onProgress?.({ stage: 'detected', done: 1, total: 2, percent: 50 });
    return photo;
  });
  const parts: ParseJobParts = {
    storage: {
      get: (key, options) => storage.get(key, options),
      put: changes.put?.(storage) ?? ((key, body, options) => storage.put(key, body, options)),
      remove: (keys, options) => storage.remove(keys, options),
    },
    pool: { parse },
    inputUrls: { rules: undefined, timeoutMs: 1_000 },
    limits: { maxImageBytes: 100, s3TimeoutMs: changes.s3TimeoutMs ?? 10_000, jobTimeoutMs: 1_234 },
  };
  const stored = async (): Promise<string[]> => (await storage.list('results/', { signal: never })).keys;
  return { parts, parse, stored };
}

describe('an attempt at a job', () => {
  it('parses the photo, stores its results, and reports where each is', async () => {
    const { parts, parse, stored } = await setUp();
    const progress: JobProgress[] = [];
    const result = await runParseJob(data, parts, { signal: never, onProgress: (step) => progress.push(step) });
    const named = { bytes: bytesOf('a photo'), name: 'photo.jpg' };
    const call = { timeoutMs: 1_234, signal: never, onProgress: expect.any(Function) as unknown };
    expect(parse).toHaveBeenCalledExactlyOnceWith(named, data.options, call);
    expect(result.files).toEqual([
      { output: 'masks', key: 'results/one/masks.json', content_type: 'application/json', bytes: 2 },
      { output: 'colormap', key: 'results/one/colormap.png', content_type: 'image/png', bytes: 3 },
    ]);
    expect(Object.keys(result.timings).sort()).toEqual(['fetch', 'network', 'store']);
    expect(progress).toEqual([
      { stage: 'fetched', percent: 10 },
      { stage: 'fetched', percent: 14 },
      { stage: 'detected', done: 1, total: 2, percent: 50 },
      { stage: 'parsed', percent: 90 },
      { stage: 'stored', percent: 100 },
    ]);
    expect(await stored()).toEqual(['results/one/colormap.png', 'results/one/masks.json']);
  });

  it('calls the photo what its sender called it', async () => {
    const { parts, parse } = await setUp();
    const input = { ...data.input, name: 'été 1.jpg' };
    await runParseJob({ ...data, input }, parts, { signal: never, onProgress: () => undefined });
    expect(parse.mock.calls).toMatchObject([[{ name: 'été 1.jpg' }, {}, {}]]);
  });

  it('stores the masks after everything else', async () => {
    const order: string[] = [];
    const { parts } = await setUp({
      put: (storage) => async (key, body, options) => {
        await new Promise((resolve) => setTimeout(resolve, key.endsWith('masks.json') ? 0 : 20));
        await storage.put(key, body, options);
        order.push(key);
      },
    });
    await runParseJob(data, parts, { signal: never, onProgress: () => undefined });
    expect(order).toEqual(['results/one/colormap.png', 'results/one/masks.json']);
  });

  it('does not fetch a photo larger than allowed', async () => {
    const { parts, parse } = await setUp();
    const limits = { ...parts.limits, maxImageBytes: 3 };
    const call = { signal: never, onProgress: () => undefined };
    await expect(runParseJob(data, { ...parts, limits }, call)).rejects.toMatchObject({ code: 'image_too_large' });
    expect(parse).not.toHaveBeenCalled();
  });

  it('gives up on storage that does not answer, for another attempt', async () => {
    const untilAborted: ObjectStorage['put'] = (_key, _body, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const { parts } = await setUp({ put: () => untilAborted, s3TimeoutMs: 20 });
    const call = { signal: never, onProgress: () => undefined };
    await expect(runParseJob(data, parts, call)).rejects.toMatchObject({
      code: 'storage_unavailable',
      retryable: true,
    });
  });

  it('leaves no results when it is canceled while they are stored', async () => {
    const cancel = new AbortController();
    const { parts, stored } = await setUp({
      put: (storage) => async (key, body, options) => {
        await storage.put(key, body, options);
        cancel.abort('canceled');
      },
    });
    const call = { signal: cancel.signal, onProgress: () => undefined };
    await expect(runParseJob(data, parts, call)).rejects.toMatchObject({ code: 'canceled' });
    expect(await stored()).toEqual([]);
  });

  it('keeps what it stored if it only lost its job to another worker', async () => {
    const loss = new AbortController();
    const { parts, stored } = await setUp({
      put: (storage) => async (key, body, options) => {
        await storage.put(key, body, options);
        loss.abort('lock-lost');
      },
    });
    const call = { signal: loss.signal, onProgress: () => undefined };
    await expect(runParseJob(data, parts, call)).rejects.toMatchObject({ code: 'canceled' });
    expect(await stored()).not.toEqual([]);
  });
});
