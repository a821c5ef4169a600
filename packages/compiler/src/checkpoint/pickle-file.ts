// `!` below: within the text's length.
import type { FileHandle } from 'node:fs/promises';
import { checkpointError, reasonOf } from './checkpoint-error.ts';
import { fileInput, type PickleInput } from './pickle-input.ts';
import { partsOf, type PickleBlob, PickleDict, type PickleValue } from './pickle-values.ts';
import { readStorageId, type StorageRecord, type WeightsReader } from './tensor-record.ts';
import { unpickleFrom } from './unpickle.ts';

/** Where the items of each storage begin, by its key, and how many there are. */
type Places = ReadonlyMap<string, { position: number; itemCount: number }>;

/**
 * A file that is pickles and no zip: one with NumPy arrays, as detectron2's model zoo has them, or what `torch.save`
 * wrote before PyTorch 1.6. The latter is five pickles (a magic number, the version, the machine's sizes, the
 * checkpoint, the keys of all storages) and then each storage in the order of these keys: 8 bytes with its number of
 * items, and the items. Source: `torch/serialization.py`, `_legacy_save`.
 *
 * Arrays and storages stay in the file until they are read.
 */
export class PickleFile implements WeightsReader {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #root: PickleValue;
  readonly #places: Places;

  private constructor(file: string, handle: FileHandle, root: PickleValue, places: Places) {
    this.file = file;
    this.#handle = handle;
    this.#root = root;
    this.#places = places;
  }

  static async open(file: string, handle: FileHandle, format: 'torch-legacy' | 'pickle'): Promise<PickleFile> {
    const input = fileInput(handle.fd, (await handle.stat()).size);
    try {
      if (format === 'pickle') return new PickleFile(file, handle, unpickleFrom(input).value, new Map());
      const { root, keys, end } = readLegacyPickles(input);
      return new PickleFile(file, handle, root, await placeStorages(handle, keys, findStorages(root), end));
    } catch (error) {
      const what =
        format === 'pickle'
          ? `The pickle in ${file}`
          : `${file} is in the format from before PyTorch 1.6, and damaged: it`;
      throw checkpointError(`${what} ${reasonOf(error)}.`, error);
    }
  }

  readPickle(): Promise<PickleValue> {
    return Promise.resolve(this.#root);
  }

  assertStorage(tensor: string, { key, itemCount }: StorageRecord): void {
    const place = this.#places.get(key);
    if (place === undefined) throw checkpointError(`${this.file} lacks the values of tensor ${tensor}.`);
    if (place.itemCount === itemCount) return;
    throw checkpointError(
      `In ${this.file}, the storage of tensor ${tensor} should hold ${itemCount} items, but has ${place.itemCount}.`,
    );
  }

  async readStorage({ key, type }: StorageRecord, start: number, itemCount: number): Promise<ArrayBuffer> {
    const position = (this.#places.get(key)?.position ?? 0) + start * type.itemBytes;
    return this.#read(position, itemCount * type.itemBytes);
  }

  /** A blob's bytes, of which there have to be `length`. */
  async readBlob(blob: PickleBlob, length: number): Promise<ArrayBuffer> {
    const stored = await this.#read(blob.position, blob.length);
    const bytes = blob.encoding === 'raw' ? stored : bytesOfText(new Uint8Array(stored), length);
    if (bytes?.byteLength === length) return bytes;
    throw checkpointError(`${this.file} is damaged: an array’s text does not stand for ${length} bytes.`);
  }

  async #read(position: number, length: number): Promise<ArrayBuffer> {
    const content = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(content, done, length - done, position + done);
      if (bytesRead === 0) throw checkpointError(`${this.file} is damaged or cut off: it ends too early.`);
      done += bytesRead;
    }
    return content.buffer;
  }
}

/** Of text whose every character is one byte; undefined if it is not that, or not of that length. */
function bytesOfText(text: Uint8Array, length: number): ArrayBuffer | undefined {
  const bytes = new Uint8Array(length);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const first = text[at]!;
    if (count === length) return undefined;
    if (first < 0x80) bytes[count++] = first;
    else {
      at += 1;
      const second = text[at];
      if ((first !== 0xc2 && first !== 0xc3) || second === undefined || second >> 6 !== 2) return undefined;
      bytes[count++] = ((first & 3) << 6) | (second & 0x3f);
    }
  }
  return count === length ? bytes.buffer : undefined;
}

const legacyProtocol = 1001;

function readLegacyPickles(input: PickleInput): { root: PickleValue; keys: string[]; end: number } {
  const magic = unpickleFrom(input);
  const protocol = unpickleFrom(input, magic.end);
  if (protocol.value !== legacyProtocol) throw new Error('is of an unknown version');
  const system = unpickleFrom(input, protocol.end);
  const entries = system.value instanceof PickleDict ? system.value.entries : [];
  if (entries.some(([key, value]) => key === 'little_endian' && value !== true)) {
    throw new Error('says that the file is big-endian; only little-endian files are read');
  }
  const root = unpickleFrom(input, system.end);
  const keys = unpickleFrom(input, root.end);
  if (!Array.isArray(keys.value) || !keys.value.every((key) => typeof key === 'string')) {
    throw new Error('does not list the storages');
  }
  return { root: root.value, keys: keys.value, end: keys.end };
}

/** Every storage that a checkpoint mentions, its optimizer's too: their sizes say where the next one begins. */
function findStorages(root: PickleValue): Map<string, StorageRecord> {
  const storages = new Map<string, StorageRecord>();
  const seen = new Set<PickleValue>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const storage = readStorageId(next);
    if (storage !== undefined) storages.set(storage.key, storage);
    else for (const part of partsOf(next)) waiting.push(part);
  }
  return storages;
}

async function placeStorages(
  handle: FileHandle,
  keys: readonly string[],
  storages: ReadonlyMap<string, StorageRecord>,
  start: number,
): Promise<Places> {
  const places = new Map<string, { position: number; itemCount: number }>();
  const { size } = await handle.stat();
  let position = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw new Error(`has a storage ${key.slice(0, 40)} of an unknown kind`);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, position);
    const itemCount = Number(buffer.readBigUInt64LE());
    position += 8;
    places.set(key, { position, itemCount });
    position += itemCount * storage.type.itemBytes;
    if (bytesRead < 8 || position > size) throw new Error('is followed by too few values: the file is cut off');
  }
  return places;
}
