import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { bounds } from '@m2fp/contract';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { checkpointError, isCheckpointError, reasonOf } from './checkpoint-error.ts';
import type { PickleValue } from './pickle-values.ts';
import type { StorageRecord, WeightsReader } from './tensor-record.ts';
import { unpickle } from './unpickle.ts';

/** The published checkpoint's pickle, optimizer and all, is under 1 MB. */
const maxPickleBytes = bounds.checkpointPickle.max;
/** A checkpoint has one entry per storage, some thousands. The limits keep the table of contents small. */
const maxEntries = bounds.checkpointEntries.max;
const maxDirectoryBytes = bounds.checkpointDirectory.max;
/** Inflating takes time in proportion to this. PyTorch only stores. */
const maxInflatedBytes = bounds.checkpointEntry.max;
/** Of all reads: any number of tensors may share a deflated entry, which is inflated for each of them. */
const maxInflatedBytesInAll = bounds.checkpointInAll.max;
const chunkBytes = 2 ** 20;

const stored = 0;
const deflated = 8;

/**
 * A file of `torch.save`: a zip with one folder of any name, which holds `data.pkl` and one file `data/KEY` per
 * storage. It is read by random access: opening it reads only the table of contents, and reading a storage reads only
 * the requested range. Nothing is ever written. Every error is `model_unavailable` and names the file.
 */
export class TorchArchive implements WeightsReader {
  readonly file: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** The folder's name with its slash. */
  readonly #root: string;
  #inflatedBytes = 0;

  private constructor(file: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.file = file;
    this.#zip = zip;
    this.#entries = entries;
    this.#root = findRoot(file, entries);
  }

  /** The handle stays the caller's. */
  static async open(file: string, handle: FileHandle): Promise<TorchArchive> {
    try {
      const { size } = await handle.stat();
      const settings = { autoClose: false, strictFileNames: true };
      const zip = await fromRandomAccessReaderPromise(new HandleReader(handle), size, settings);
      const archive = new TorchArchive(file, zip, await readEntries(file, zip));
      await archive.#assertLittleEndian();
      return archive;
    } catch (error) {
      throw damaged(file, error);
    }
  }

  async readPickle(): Promise<PickleValue> {
    const bytes = await this.#readSmall('data.pkl', maxPickleBytes);
    try {
      return unpickle(bytes);
    } catch (error) {
      throw checkpointError(`The pickle in ${this.file} ${reasonOf(error)}.`, error);
    }
  }

  /** Refuses a storage that is missing, or that does not have the size that the pickle says. */
  assertStorage(tensor: string, { key, type, itemCount }: StorageRecord): void {
    const name = `${this.#root}data/${key}`;
    const size = this.#entries.get(name)?.uncompressedSize;
    if (size === undefined) {
      throw checkpointError(`${this.file} lacks the values of tensor ${tensor}: there is no ${name}.`);
    }
    if (size !== itemCount * type.itemBytes) {
      throw checkpointError(
        `In ${this.file}, the storage of tensor ${tensor} should hold ${itemCount} items of ${type.itemBytes} bytes, ` +
          `but ${name} has ${size} bytes.`,
      );
    }
  }

  /** `itemCount` items of a storage, which `assertStorage` accepted, from item `start` on, as bytes. */
  async readStorage({ key, type }: StorageRecord, start: number, itemCount: number): Promise<ArrayBuffer> {
    const name = `${this.#root}data/${key}`;
    return (await this.#read(name, start * type.itemBytes, itemCount * type.itemBytes)).buffer;
  }

  /** PyTorch 2.1 and later say their byte order; before, it was the machine's, which was little-endian. */
  async #assertLittleEndian(): Promise<void> {
    if (!this.#entries.has(`${this.#root}byteorder`)) return;
    const order = new TextDecoder().decode(await this.#readSmall('byteorder', 64)).trim();
    if (order !== 'little') throw checkpointError(`${this.file} has byte order ${order}; only little is read.`);
  }

  async #readSmall(name: string, maxBytes: number): Promise<Uint8Array> {
    const path = `${this.#root}${name}`;
    const size = this.#entries.get(path)?.uncompressedSize ?? 0;
    if (size > maxBytes) throw checkpointError(`In ${this.file}, ${path} has ${size} bytes: more than ${maxBytes}.`);
    return this.#read(path, 0, size);
  }

  /** A range within an entry's content. Inflates from the beginning of a deflated one. */
  async #read(name: string, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#readableEntry(name);
    const content = new Uint8Array(length);
    const end = start + length;
    if (entry.compressionMethod === deflated) this.#inflatedBytes += end;
    if (this.#inflatedBytes > maxInflatedBytesInAll) {
      throw checkpointError(`${this.file} would unpack to more than ${maxInflatedBytesInAll} bytes in all.`);
    }
    try {
      const range = entry.compressionMethod === stored ? { start, end } : {};
      let position = range.start ?? 0;
      for await (const chunk of (await this.#zip.openReadStreamPromise(entry, range)) as AsyncIterable<Buffer>) {
        const wanted = chunk.subarray(Math.max(start - position, 0), Math.max(end - position, 0));
        content.set(wanted, Math.max(position - start, 0));
        position += chunk.length;
        // A whole entry is read to its end, so that one with more content than it claims is detected.
        if (position >= end && end < entry.uncompressedSize) break;
      }
      if (position < end) throw new Error('it ends too early');
      // Only an entry that is read whole can be checked.
      if (length === entry.uncompressedSize && crc32(content) !== entry.crc32) {
        throw new Error('its content does not match its checksum (CRC-32)');
      }
    } catch (error) {
      throw damaged(`${name} in ${this.file}`, error);
    }
    return content;
  }

  #readableEntry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw checkpointError(`${this.file} has no entry ${name}.`);
    if (entry.isEncrypted()) throw checkpointError(`In ${this.file}, ${name} is encrypted.`);
    const { compressionMethod: method, uncompressedSize: bytes } = entry;
    if (method !== stored && method !== deflated) {
      throw checkpointError(`In ${this.file}, ${name} is compressed by method ${method}; only deflate is read.`);
    }
    if (method === deflated && bytes > maxInflatedBytes) {
      throw checkpointError(`In ${this.file}, ${name} would unpack to ${bytes} bytes: more than ${maxInflatedBytes}.`);
    }
    return entry;
  }
}

/**
 * Not yauzl's own reader of files: given a position past 2^53, which a hostile table of contents can hold, it throws
 * where nothing can catch it, and the process ends.
 */
class HandleReader extends RandomAccessReader {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#handle.read(buffer, offset, length, position).then(({ bytesRead }) => callback(null, bytesRead), callback);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#chunks(start, end), { objectMode: false });
  }

  async *#chunks(start: number, end: number): AsyncIterable<Buffer> {
    for (let position = start; position < end;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  }
}

async function readEntries(file: string, zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxEntries) {
    throw checkpointError(`${file} has ${zip.entryCount} entries: more than ${maxEntries}.`);
  }
  const entries = new Map<string, Entry>();
  let directoryBytes = 0;
  for await (const entry of zip.eachEntry()) {
    directoryBytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (directoryBytes > maxDirectoryBytes) {
      throw checkpointError(`The table of contents of ${file} takes more than ${maxDirectoryBytes} bytes.`);
    }
    if (entries.has(entry.fileName)) throw checkpointError(`${file} has two entries called ${entry.fileName}.`);
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function findRoot(file: string, entries: ReadonlyMap<string, Entry>): string {
  const pickles = [...entries.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    const what = pickle === undefined ? (describeZip(entries) ?? 'it has no data.pkl') : 'it has several data.pkl';
    throw checkpointError(`${file} is a zip but not a PyTorch checkpoint: ${what}.`);
  }
  const root = pickle.slice(0, -'data.pkl'.length);
  if (!entries.has(`${root}constants.pkl`)) return root;
  throw checkpointError(`${file} is a TorchScript program and not a checkpoint of torch.save.`);
}

/** Other zips that are handed around as models. */
function describeZip(entries: ReadonlyMap<string, Entry>): string | undefined {
  const names = [...entries.keys()].slice(0, 1000);
  const inner = names.find((name) => /\.(pth?|pkl)$/.test(name));
  if (inner !== undefined) return `unpack it first, there is ${inner} in it`;
  if (names.some((name) => name.endsWith('.npy'))) return 'it holds NumPy arrays (.npz)';
  if (names.some((name) => /(^|\/)model_index\.json$/.test(name))) return 'it holds a diffusers pipeline';
  return names.includes('config.json') && names.some((name) => name.endsWith('.h5'))
    ? 'it is a Keras model'
    : undefined;
}

function damaged(what: string, error: unknown): Error {
  if (isCheckpointError(error)) return error;
  return checkpointError(`${what} is damaged or cut off: ${reasonOf(error).replace(/\.$/, '')}.`, error);
}
