import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBundleSource } from './bundle-source.ts';

const patient = { timeoutMs: 30_000, signal: new AbortController().signal };

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-bundles-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

async function pull(model: string): Promise<string> {
  const folder = join(cacheDir, 'models', model);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'manifest.json'), '{}');
  return folder;
}

describe('the bundle of a model', () => {
  it('is its folder, if that is what the model is', async () => {
    const model = await pull('people');
    expect(await createBundleSource({ model, cacheDir: undefined }, {}).find(patient)).toBe(model);
  });

  it('is found by name once it is there, and looked for again only when told to', async () => {
    const source = createBundleSource({ model: 'people', cacheDir }, {});
    await expect(source.find(patient)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('m2fp model pull people') as string,
    });
    const folder = await pull('people');
    expect(await source.find(patient)).toBe(folder);
    await rm(folder, { recursive: true });
    expect(await source.find(patient)).toBe(folder);
    source.forget();
    await expect(source.find(patient)).rejects.toMatchObject({ code: 'model_unavailable' });
  });

  it('is given up at a deadline and for a cancel', async () => {
    const source = createBundleSource({ model: 'people', cacheDir }, {});
    await expect(source.find({ ...patient, timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
    const signal = AbortSignal.abort();
    await expect(source.find({ ...patient, signal })).rejects.toMatchObject({ code: 'canceled' });
  });
});
