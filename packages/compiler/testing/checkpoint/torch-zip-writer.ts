import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { PickleValue } from '../../src/checkpoint/pickle-values.ts';
import { pickle } from './pickle-writer.ts';

/** Test support: bytes for `data/KEY`, generated when they are written. */
export interface StorageBytes {
  key: string;
  size: number;
  chunks: () => Iterable<Uint8Array>;
}

export interface TorchZip {
  /** The value to be pickled as `data.pkl`; bytes are written as they are. */
  root: PickleValue;
  storages?: Iterable<StorageBytes>;
  /** Text of the `byteorder` entry; none unless given. */
  byteOrder?: string;
  /** In place of `data.pkl`. */
  pickleName?: string;
  /** Deflates the storages; PyTorch never does. */
  compress?: boolean;
  /** Names and contents of other entries. */
  others?: readonly (readonly [name: string, content: Uint8Array])[];
}

/** Writes a file as `torch.save` does, one storage in memory at a time. */
export async function writeTorchZip(file: string, contents: TorchZip): Promise<void> {
  const { storages = [], byteOrder, compress = false, others = [], pickleName = 'data.pkl' } = contents;
  const zip = new ZipFile();
  const bytes = contents.root instanceof Uint8Array ? Buffer.from(contents.root) : pickle(contents.root);
  zip.addBuffer(bytes, `archive/${pickleName}`, { compress: false });
  for (const { key, size, chunks } of storages) {
    zip.addReadStreamLazy(`archive/data/${key}`, { size, compress }, (give) => give(null, Readable.from(chunks())));
  }
  if (byteOrder !== undefined) zip.addBuffer(Buffer.from(byteOrder), 'archive/byteorder', { compress: false });
  for (const [name, content] of others) zip.addBuffer(Buffer.from(content), name, { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}

/** A storage that is already in memory. */
export function storageOf(key: string, values: ArrayBufferView): StorageBytes {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { key, size: bytes.length, chunks: () => [bytes] };
}
