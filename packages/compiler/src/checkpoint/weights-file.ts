import { open } from 'node:fs/promises';
import { checkpointError, reasonOf } from './checkpoint-error.ts';
import { detectFormat } from './file-kind.ts';
import { PickleFile } from './pickle-file.ts';
import { PickleBlob } from './pickle-values.ts';
import { readStateDict, type StateDict } from './state-dict.ts';
import type { TensorRecord, WeightsReader } from './tensor-record.ts';
import type { TensorSource } from './tensor-source.ts';
import { rowMajor } from './tensor-values.ts';
import { TorchArchive } from './torch-archive.ts';

/** An open file of weights. */
export interface WeightsFile {
  /** Every tensor of the model, read from the file on demand. */
  readonly source: TensorSource;
  /** The number of tensors per stored type, such as `{ float32: 612 }`. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Entries of the model that are not tensors; nothing needs them. */
  readonly otherEntries: readonly string[];
  /** Which weights these are, if the file has several sets. */
  readonly notes: readonly string[];
  /** Closes the file; reading a tensor after this fails. */
  close(): Promise<void>;
}

/**
 * Opens a file of `torch.save` or of pickled NumPy arrays, whatever it is called. Reads the pickle but no tensors, and
 * nothing of the optimizer's. Nothing that the pickle asks for is run. Rejects with `model_unavailable`, naming the
 * file and the tensor, if it is cut off or describes an impossible tensor, and saying what it is if it is something
 * else.
 */
export async function openWeights(file: string): Promise<WeightsFile> {
  const handle = await open(file).catch((error: unknown) => {
    throw checkpointError(`${file} cannot be read: ${reasonOf(error)}.`, error);
  });
  try {
    const format = await detectFormat(file, handle);
    const reader =
      format === 'torch-zip' ? await TorchArchive.open(file, handle) : await PickleFile.open(file, handle, format);
    const stateDict = readStateDict(file, await reader.readPickle());
    for (const [name, { items }] of stateDict.tensors) if ('key' in items) reader.assertStorage(name, items);
    return {
      source: createSource(file, reader, stateDict),
      dtypes: countTypes(stateDict),
      otherEntries: stateDict.otherEntries,
      notes: stateDict.notes,
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function countTypes({ tensors }: StateDict): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { items } of tensors.values()) counts[items.type.dtype] = (counts[items.type.dtype] ?? 0) + 1;
  return counts;
}

function createSource(file: string, reader: WeightsReader, { tensors }: StateDict): TensorSource {
  return {
    description: file,
    names: () => [...tensors.keys()],
    shape: (name) => tensors.get(name)?.shape,
    read: async (name) => {
      const record = tensors.get(name);
      if (record === undefined) throw checkpointError(`${file} has no tensor ${name}.`);
      if (record.extent === 0) return new Float32Array(0);
      return rowMajor(record.items.type.view(await readItems(reader, record)), record.shape, record.strides);
    },
  };
}

async function readItems(reader: WeightsReader, { items, offset, extent }: TensorRecord): Promise<ArrayBuffer> {
  if ('key' in items) return reader.readStorage(items, offset, extent);
  const { content, itemCount, type } = items;
  const length = itemCount * type.itemBytes;
  if (content instanceof PickleBlob) {
    if (reader.readBlob === undefined) throw new Error('only a file of pickles has blobs');
    return reader.readBlob(content, length);
  }
  return Uint8Array.from(content.subarray(0, length)).buffer;
}
