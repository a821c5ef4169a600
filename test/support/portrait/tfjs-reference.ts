/** The portrait bundle's two networks as TensorFlow.js runs them, on its WebAssembly backend. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const require = createRequire(import.meta.url);

export interface ReferenceNetwork {
  /** Runs the network on one picture, NHWC values of a square of `size` px; outputs by node name. */
  run(picture: Float32Array, size: number, outputs: readonly string[]): Promise<Map<string, Float32Array>>;
}

export async function startTfjs(): Promise<void> {
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
}

/** `file` is a path inside an installed package: `@scope/name/path/model.json`. */
export async function loadReference(file: string): Promise<ReferenceNetwork> {
  const path = await findInstalled(file);
  const model = JSON.parse(await readFile(path, 'utf8')) as {
    modelTopology: object;
    weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  };
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const bytes = await Promise.all(shards.map((shard) => readFile(join(dirname(path), shard))));
  const network = await tf.loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology: model.modelTopology,
        weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
        weightData: Uint8Array.from(Buffer.concat(bytes)).buffer,
      }),
  });
  return {
    async run(picture, size, outputs) {
      const input = tf.tensor4d(picture, [1, size, size, 3]);
      const results = [network.execute(input, [...outputs])].flat();
      const values = await Promise.all(results.map((result) => result.data()));
      tf.dispose([input, ...results]);
      return new Map(outputs.map((name, i) => [name, Float32Array.from(values[i] ?? [])]));
    },
  };
}

/** By folder: the packages do not export their model files. */
async function findInstalled(file: string): Promise<string> {
  const name = file.split('/').slice(0, 2).join('/');
  for (const root of require.resolve.paths(name) ?? []) {
    const path = join(root, file);
    const found = await readFile(path).catch(() => undefined);
    if (found) return path;
  }
  throw new Error(`${file} is not installed.`);
}
