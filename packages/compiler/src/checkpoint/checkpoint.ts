import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelJson } from '@m2fp/core/model';
import { checkpointError, reasonOf } from './checkpoint-error.ts';
import { readStateDict, type StateDict } from './state-dict.ts';
import type { TensorSource } from './tensor-source.ts';
import { rowMajor } from './tensor-values.ts';
import { TorchArchive } from './torch-archive.ts';

export const weightsFileName = 'pytorch_model.pt';
export const configurationFileName = 'configuration.json';

/** An open checkpoint folder, as ModelScope publishes it. */
export interface Checkpoint {
  readonly dir: string;
  /** Every tensor of the model, read from the file on demand. */
  readonly source: TensorSource;
  /** `configuration.json`, parsed as JSON. */
  readonly configuration: unknown;
  /** The number of tensors per stored type, such as `{ float32: 612 }`. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Entries of the model that are not tensors; nothing needs them. */
  readonly otherEntries: readonly string[];
  /** Closes the file; reading a tensor after this fails. */
  close(): Promise<void>;
}

/**
 * Opens a folder with `pytorch_model.pt` and `configuration.json`. Reads the pickle but no tensors; the optimizer's
 * part of the file is never read. Nothing that the pickle asks for is run.
 *
 * Rejects with `model_unavailable`, naming the file and the tensor, if a file is missing, cut off, not a checkpoint, or
 * describes an impossible tensor.
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const configuration = await readConfiguration(join(dir, configurationFileName));
  const file = join(dir, weightsFileName);
  await assertFile(file);
  const archive = await TorchArchive.open(file);
  try {
    const stateDict = readStateDict(file, await archive.readPickle());
    for (const [name, { storage }] of stateDict.tensors) archive.assertStorage(name, storage);
    return {
      dir,
      source: createArchiveSource(archive, stateDict),
      configuration,
      dtypes: countTypes(stateDict),
      otherEntries: stateDict.otherEntries,
      close: () => archive.close(),
    };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function countTypes({ tensors }: StateDict): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { storage } of tensors.values()) counts[storage.type.dtype] = (counts[storage.type.dtype] ?? 0) + 1;
  return counts;
}

function createArchiveSource(archive: TorchArchive, { tensors }: StateDict): TensorSource {
  return {
    description: archive.file,
    names: () => [...tensors.keys()],
    shape: (name) => tensors.get(name)?.shape,
    read: async (name) => {
      const record = tensors.get(name);
      if (record === undefined) throw checkpointError(`${archive.file} has no tensor ${name}.`);
      const { storage, offset, extent, shape, strides } = record;
      if (extent === 0) return new Float32Array(0);
      return rowMajor(storage.type.view(await archive.readStorage(storage, offset, extent)), shape, strides);
    },
  };
}

async function readConfiguration(file: string): Promise<unknown> {
  await assertFile(file);
  return readModelJson(file).catch((error: unknown) => {
    throw checkpointError(`${file} cannot be used: ${reasonOf(error)}.`, error);
  });
}

/** Throws if there is no such file. */
async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw checkpointError(
      `${file} does not exist. A checkpoint folder holds ${weightsFileName} and ${configurationFileName}.`,
    );
  }
  if (!found.isFile()) throw checkpointError(`${file} is not a file.`);
}
