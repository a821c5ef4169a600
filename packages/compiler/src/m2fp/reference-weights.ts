/** The weights of a bundle's network as its authors' own code takes them: before anything is folded into anything. */
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@m2fp/contract';
import type { Manifest } from '@m2fp/core/model';
import { elementCount, stopWhenAborted, type TensorSource } from '../checkpoint/tensor-source.ts';
import type { Architecture } from './architecture.ts';
import { inRgb } from './convert.ts';
import { networkTensors } from './network.ts';
import { type ModelFiles, openModel } from './open-model.ts';
import { reopenSynthetic } from './synthesize.ts';
import { tensorProblems } from './tensor-problems.ts';

/**
 * Writes the tensors that a bundle was made of to `file`, in the form of safetensors, float32: from the checkpoint, or,
 * for a bundle of random weights, drawn again from its seed. The first convolution takes RGB, as the bundle does.
 *
 * Rejects with `invalid_request` if a checkpoint is needed and none is given, if it has no configuration beside it, or
 * if it is of other sizes than the bundle, before it writes anything; with `model_unavailable` as `openModel` does; and
 * with the signal's reason once it is aborted.
 */
export async function writeReferenceWeights(
  manifest: Manifest,
  checkpoint: ModelFiles | undefined,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const synthetic = checkpoint === undefined ? reopenSynthetic(manifest) : undefined;
  if (synthetic !== undefined) {
    return writeTensors(
      synthetic.source,
      [...networkTensors(synthetic.configuration.architecture).keys()],
      file,
      signal,
    );
  }
  if (checkpoint === undefined) {
    throw new AppError(
      'invalid_request',
      `The weights of ${manifest.name} are folded: name the checkpoint that it was converted from (--checkpoint).`,
    );
  }
  // Not `required`: what is said then names an option that only the commands that convert have.
  const model = await openModel(checkpoint, 'optional');
  try {
    const { source, configuration, files } = model;
    if (files.length === 1) {
      const where = "put detectron2's beside it as config.yaml, or ModelScope's as configuration.json";
      throw new AppError('invalid_request', `${source.description} needs its configuration: ${where}.`);
    }
    const [problem] = [
      ...sizeDifferences(source.description, configuration.architecture, manifest),
      ...tensorProblems(source, configuration),
    ];
    if (problem !== undefined) throw new AppError('invalid_request', problem);
    const names = [...networkTensors(configuration.architecture).keys()];
    await writeTensors(inRgb(source, configuration), names, file, signal);
  } finally {
    await model.close();
  }
}

/** One message for each size of a checkpoint that its bundle's manifest has otherwise. */
function sizeDifferences(checkpoint: string, architecture: Architecture, manifest: Manifest): string[] {
  return Object.entries(architecture).flatMap(([part, sizes]) => {
    const found = manifest.architecture[part];
    const own = typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {};
    return Object.entries(sizes as Record<string, unknown>).flatMap(([key, size]) => {
      if (isDeepStrictEqual(own[key], size)) return [];
      const [there, here] = [size, own[key]].map((value) => JSON.stringify(value) ?? 'absent');
      const why = `${part}.${key} is ${there} in the checkpoint and ${here} in the bundle`;
      return [`${manifest.name} was not converted from ${checkpoint}: ${why}.`];
    });
  });
}

/** One tensor at a time, so that only one is in memory. */
async function writeTensors(
  source: TensorSource,
  names: readonly string[],
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const header: Record<string, object> = {};
  let end = 0;
  for (const name of names) {
    const shape = source.shape(name) ?? [];
    const begin = end;
    end += elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const reader = stopWhenAborted(source, signal);
  const out = await open(file, 'w');
  try {
    await out.writeFile(Buffer.concat([length, text]));
    for (const name of names) await out.writeFile(littleEndian(await reader.read(name)));
  } finally {
    await out.close();
  }
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
