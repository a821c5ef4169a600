import { once } from 'node:events';
import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl';
import { checkpointError, reasonOf } from './checkpoint-error.ts';

/** A checkpoint has one entry a storage, some thousands. The limits keep the table of contents small. */
const maxEntries = 100_000;
const maxDirectoryBytes = 64 * 2 ** 20;

/** Inflating what was deflated costs time in proportion to this; PyTorch itself only stores. */
const maxInflatedBytes = 2 ** 30;

const stored = 0;
const deflated = 8;

/**
 * A zip file read by random access: opening it takes its table of contents alone, and reading takes the wanted range
 * of one entry. Nothing is ever written. Every error is `model_unavailable` and names the file.
 */
export class ZipArchive {
  readonly file: string;
  readonly #fd: number;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: string, fd: number, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.file = file;
    this.#fd = fd;
    this.#zip = zip;
    this.#entries = entries;
  }

  /** `file` has to begin like a zip; see `assertZip`. */
  static async open(file: string): Promise<ZipArchive> {
    const fd = await promisify(open)(file, 'r');
    try {
      const zip = await fromFdPromise(fd, { autoClose: false, strictFileNames: true });
      return new ZipArchive(file, fd, zip, await readEntries(file, zip));
    } catch (error) {
      await promisify(close)(fd);
      throw damaged(file, error);
    }
  }

  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Bytes of an entry when unpacked; undefined where there is no such entry. */
  size(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /** Reads bytes `start` to `start + target.length` of an entry's content. The range lies within `size(name)`. */
  async readInto(name: string, start: number, target: Uint8Array): Promise<void> {
    const entry = this.#entry(name);
    try {
      if (entry.compressionMethod === stored) await this.#readStored(entry, start, target);
      else await this.#readDeflated(entry, start, target);
      checkSum(entry, target);
    } catch (error) {
      throw damaged(this.file, error, name);
    }
  }

  async close(): Promise<void> {
    if (!this.#zip.isOpen) return;
    const closed = once(this.#zip, 'close');
    this.#zip.close();
    await closed;
  }

  #entry(name: string): Entry {
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

  async #readStored(entry: Entry, start: number, target: Uint8Array): Promise<void> {
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
    let done = 0;
    while (done < target.length) {
      const position = fileDataStart + start + done;
      const { bytesRead } = await promisify(read)(this.#fd, target, done, target.length - done, position);
      if (bytesRead === 0) throw new Error('the file ends within it');
      done += bytesRead;
    }
  }

  /** Inflates from the entry's beginning, keeps what is wanted, stops behind it. One chunk is in memory at a time. */
  async #readDeflated(entry: Entry, start: number, target: Uint8Array): Promise<void> {
    const end = start + target.length;
    let position = 0;
    for await (const chunk of (await this.#zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      const wanted = chunk.subarray(Math.max(start - position, 0), Math.max(end - position, 0));
      target.set(wanted, Math.max(position - start, 0));
      position += chunk.length;
      if (position >= end && end < entry.uncompressedSize) break;
    }
  }
}

async function readEntries(file: string, zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxEntries)
    throw checkpointError(`${file} has ${zip.entryCount} entries: more than ${maxEntries}.`);
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

/** Only an entry read whole can be checked. */
function checkSum(entry: Entry, content: Uint8Array): void {
  if (content.length === entry.uncompressedSize && crc32(content) !== entry.crc32) {
    throw new Error('its content does not match its checksum (CRC-32)');
  }
}

function damaged(file: string, error: unknown, entry?: string): Error {
  if (error instanceof Error && 'code' in error && error.code === 'model_unavailable') return error;
  const place = entry === undefined ? file : `${entry} in ${file}`;
  return checkpointError(`${place} is damaged or cut off: ${reasonOf(error).replace(/\.$/, '')}.`, error);
}
