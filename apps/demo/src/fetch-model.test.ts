import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBundle } from '@m2fp/core/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseDemoOptions } from './demo-options.ts';
import { fetchModel } from './fetch-model.ts';

const golden = fileURLToPath(new URL('../../../test/golden', import.meta.url));
let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'demo-model-'));
  vi.stubEnv('M2FP_CACHE_DIR', cacheDir);
  // What it says belongs to a user, and the tests have none.
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(console, 'log').mockReturnValue(undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(cacheDir, { recursive: true });
});

const fetch = (...args: string[]) => fetchModel(parseDemoOptions(args), golden, new AbortController().signal);

it('a published model is made from weights that are here, by the user’s own path, and found again', async () => {
  await fetch('--model', 'people', '--from', 'people', '--accept-license');
  const { manifest } = await openBundle(join(cacheDir, 'models', 'people'));
  expect(manifest).toMatchObject({ name: 'people', kind: 'm2fp', source: 'file people' });
  // Nothing to agree to, and nothing to fetch.
  await fetch('--model', 'people');
});

it('without agreement nothing is fetched', async () => {
  await expect(fetch('--model', 'people', '--from', 'people')).rejects.toThrow('--accept-license');
  expect(await readdir(cacheDir)).toEqual([]);
});

it('a model that is built, or a bundle, needs nothing, and no address', async () => {
  await fetch('--model', 'portrait');
  await fetch('--model', './bundle');
  await expect(fetch('--model', 'portrait', '--from', 'people')).rejects.toThrow('portrait needs none');
  await expect(fetch('--model', './bundle', '--config', 'a.yaml')).rejects.toThrow('weights of people or single');
});

it('a bundle in place of weights is named', async () => {
  await fetch('--model', 'people', '--from', 'people', '--accept-license');
  const from = join(cacheDir, 'models', 'people');
  await expect(fetch('--model', 'single', '--from', from, '--accept-license')).rejects.toThrow(
    'a model bundle already',
  );
});
