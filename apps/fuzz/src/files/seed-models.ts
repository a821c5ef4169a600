/** Small models to begin with: a checkpoint's files, and the bundle that the compiler makes of them. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertCheckpoint } from '@m2fp/compiler/m2fp';

export interface SeedModels {
  readonly checkpoints: readonly { readonly weights: Buffer; readonly configuration: Buffer }[];
  readonly manifest: Buffer;
  readonly graph: Buffer;
  /** Of the bundle: mutants of its manifest and graph stand beside its weights. */
  readonly bundleDir: string;
}

/** Their bundles run on the golden cases in the same folder. */
export const goldenDir = fileURLToPath(new URL('../../../../test/golden/', import.meta.url));

/** @param dir an existing folder for the bundle */
export async function createSeedModels(dir: string): Promise<SeedModels> {
  const checkpoints = await Promise.all(
    ['people', 'single'].map(async (name) => ({
      weights: await readFile(join(goldenDir, name, 'pytorch_model.pt')),
      configuration: await readFile(join(goldenDir, name, 'configuration.json')),
    })),
  );
  const bundleDir = join(dir, 'bundle');
  const description = { name: 'seed', source: 'fuzz' };
  await convertCheckpoint(join(goldenDir, 'people'), bundleDir, description, new AbortController().signal);
  const manifest = await readFile(join(bundleDir, 'manifest.json'));
  const graph = await readFile(join(bundleDir, 'model.onnx'));
  return { checkpoints, manifest, graph, bundleDir };
}

export function createWorkDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'm2fp-fuzz-'));
}
