import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveBundle } from './resolve-bundle.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-cache-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

describe('resolving a model', () => {
  it('takes a folder that holds a manifest as is', async () => {
    await writeFile(join(cacheDir, 'manifest.json'), '{}');
    expect(await resolveBundle(cacheDir, { cacheDir })).toBe(cacheDir);
  });

  it('names the command that fetches a missing model', async () => {
    await expect(resolveBundle('people', { cacheDir })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('m2fp model pull people') as string,
    });
  });

  it('finds a model that was fetched', async () => {
    const dir = join(cacheDir, 'models', 'single');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'manifest.json'), '{}');
    expect(await resolveBundle('single', { cacheDir })).toBe(dir);
  });

  it('lists the names for anything else', async () => {
    await expect(resolveBundle(join(cacheDir, 'gone'), { cacheDir })).rejects.toThrow('portrait, people, single');
  });
});
