/** What core keeps of onnxruntime's work, on a network that this package makes. */
import { chmod, copyFile, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  checkBundle,
  createSession,
  describeFile,
  type FloatTensor,
  openBundle,
  optimizeBundle,
} from '@m2fp/core/model';
import { loadModel } from '@m2fp/core/parsing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { synthesizeM2fp } from '../m2fp/synthesize.ts';

let parent: string;
let dir: string;
let cacheDir: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'm2fp-optimize-'));
  dir = join(parent, 'tiny');
  await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 1, masks: 'noise' }, dir);
});
afterAll(() => rm(parent, { recursive: true, force: true }));
beforeEach(async () => {
  cacheDir = await mkdtemp(join(parent, 'cache-'));
});

const optimize = async (): Promise<string> => {
  const made = await optimizeBundle(dir, cacheDir, 0);
  if ('why' in made) throw new Error(made.why);
  return made.dir;
};

/** The graph that would be loaded. */
async function graphInUse(bundle = dir): Promise<string> {
  const opened = await openBundle(bundle, await checkBundle(bundle, cacheDir));
  return opened.graph(opened.manifest.graph);
}

const image: FloatTensor = {
  data: Float32Array.from({ length: 3 * 64 * 96 }, (_, i) => Math.sin(i * 0.1)),
  shape: [1, 3, 64, 96],
};

async function resultsOf(path: string, threads: number): Promise<Record<string, FloatTensor>> {
  const session = await createSession(path, { threads });
  try {
    return await session.run({ image });
  } finally {
    await session.close();
  }
}

describe.runIf(platform() === 'linux')('optimizeBundle', () => {
  it('makes graphs that compute the same bytes, and are used from then on', async () => {
    expect(await graphInUse()).toBe(join(dir, 'model.onnx'));
    const optimized = await optimize();
    expect(await graphInUse()).toBe(join(optimized, 'model.onnx'));
    for (const threads of [1, 2]) {
      expect(await resultsOf(join(optimized, 'model.onnx'), threads)).toEqual(
        await resultsOf(join(dir, 'model.onnx'), threads),
      );
    }
    // Nothing is left of the steps in between, and the second time there is nothing to do.
    expect(await readdir(join(cacheDir, 'optimized'))).toEqual([basename(optimized)]);
    expect((await readdir(optimized)).filter((name) => name.includes('first'))).toEqual([]);
    expect(await optimize()).toBe(optimized);
  });

  it('is used whatever may be written by default', async () => {
    const before = process.umask(0o002);
    try {
      await optimize();
    } finally {
      process.umask(before);
    }
    expect(await graphInUse()).toContain(cacheDir);
  });

  it('is done without if onnxruntime cannot load it', async () => {
    const optimized = await optimize();
    const graph = join(optimized, 'model.onnx');
    await writeFile(graph, 'no graph');
    const files = await Promise.all(['model.onnx'].map((name) => describeFile(optimized, name)));
    await writeFile(join(optimized, 'optimized.json'), JSON.stringify({ v: 1, files }));
    expect(await graphInUse()).toBe(graph);
    const model = await loadModel(dir, { threads: 1 }, await checkBundle(dir, cacheDir));
    await model.close();
  });

  it('leaves small bundles as they are', async () => {
    expect(await optimizeBundle(dir, cacheDir)).toEqual({ why: 'it is small, and loads at once' });
  });

  it('is for the bundle that it was made of', async () => {
    const optimized = await optimize();
    const other = join(parent, 'other');
    await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 2, masks: 'noise' }, other);
    expect(await graphInUse(other)).toBe(join(other, 'model.onnx'));
    const copy = join(parent, 'copy');
    await rm(copy, { recursive: true, force: true });
    await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 1, masks: 'noise' }, copy);
    expect(await graphInUse(copy)).toBe(join(optimized, 'model.onnx'));
  });

  it('is not used if it is not whole, was changed, or others could write it', async () => {
    const own = join(dir, 'model.onnx');
    const optimized = await optimize();
    const graph = join(optimized, 'model.onnx');
    await copyFile(graph, join(parent, 'kept'));
    await copyFile(own, graph);
    expect(await graphInUse()).toBe(own);
    await rm(graph);
    expect(await graphInUse()).toBe(own);
    await rename(join(parent, 'kept'), graph);
    expect(await graphInUse()).toBe(graph);
    for (const path of [optimized, graph, join(optimized, 'optimized.json')]) {
      const { mode } = await stat(path);
      await chmod(path, mode | 0o020);
      expect(await graphInUse()).toBe(own);
      await chmod(path, mode);
    }
    await rm(join(optimized, 'optimized.json'));
    expect(await graphInUse()).toBe(own);
    // It is then made anew.
    expect(await optimize()).toBe(optimized);
    expect(await graphInUse()).toBe(graph);
  });

  it('is not used if it goes between the check and the load', async () => {
    const optimized = await optimize();
    const check = await checkBundle(dir, cacheDir);
    expect(check.optimized).toBe(optimized);
    await writeFile(join(optimized, 'model.onnx'), 'something else');
    expect((await openBundle(dir, check)).graph('model.onnx')).toBe(join(dir, 'model.onnx'));
  });

  it('keeps a few, and nothing that a killed process left behind', async () => {
    await optimize();
    const folder = join(cacheDir, 'optimized');
    const [first = ''] = await readdir(folder);
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    const imitate = async (name: string, hours: number): Promise<void> => {
      await mkdtemp(join(folder, name)).then((made) => rename(made, join(folder, name)));
      await utimes(join(folder, name), hoursAgo(hours), hoursAgo(hours));
    };
    for (let i = 1; i <= 9; i++) await imitate(`old-${i}`, i);
    await imitate('.abandoned', 2);
    await imitate('.at-work', 0.1);
    await rm(join(folder, first), { recursive: true });
    await optimize();
    const expected = [...[1, 2, 3, 4, 5, 6, 7].map((i) => `old-${i}`), '.at-work', first];
    expect((await readdir(folder)).sort()).toEqual(expected.sort());
  });
});
