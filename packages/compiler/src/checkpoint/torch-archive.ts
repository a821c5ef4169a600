import { checkpointError, reasonOf } from './checkpoint-error.ts';
import { assertZip } from './file-kind.ts';
import { unpickle } from './pickle/unpickle.ts';
import type { PickleValue } from './pickle/values.ts';
import type { StorageRecord } from './tensor-record.ts';
import { ZipArchive } from './zip-archive.ts';

/** The published checkpoint's pickle, optimizer and all, is under 1 MB. */
const maxPickleBytes = 16 * 2 ** 20;

/**
 * A file of `torch.save`: a zip with one folder (of any name) that holds `data.pkl`, and a file `data/KEY` a storage.
 */
export class TorchArchive {
  readonly file: string;
  readonly #zip: ZipArchive;
  /** The folder's name with its slash. */
  readonly #root: string;

  private constructor(zip: ZipArchive, root: string) {
    this.file = zip.file;
    this.#zip = zip;
    this.#root = root;
  }

  /** Rejects with `model_unavailable` for whatever is not such a file, saying what it is where that can be told. */
  static async open(file: string): Promise<TorchArchive> {
    await assertZip(file);
    const zip = await ZipArchive.open(file);
    try {
      const archive = new TorchArchive(zip, findRoot(zip));
      await archive.#assertLittleEndian();
      return archive;
    } catch (error) {
      await zip.close();
      throw error;
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

  /** Refuses a storage that is not there, or not of the size that the pickle says. */
  assertStorage(tensor: string, { key, type, itemCount }: StorageRecord): void {
    const size = this.#zip.size(this.#storageEntry(key));
    if (size === undefined) {
      throw checkpointError(
        `${this.file} lacks the values of tensor ${tensor}: there is no ${this.#storageEntry(key)}.`,
      );
    }
    if (size !== itemCount * type.itemBytes) {
      throw checkpointError(
        `In ${this.file}, the storage of tensor ${tensor} should hold ${itemCount} items of ${type.itemBytes} bytes, ` +
          `but ${this.#storageEntry(key)} has ${size} bytes.`,
      );
    }
  }

  /** `itemCount` items of a storage from item `start` on, as bytes. */
  async readStorage(storage: StorageRecord, start: number, itemCount: number): Promise<ArrayBuffer> {
    const { itemBytes } = storage.type;
    const target = new Uint8Array(itemCount * itemBytes);
    await this.#zip.readInto(this.#storageEntry(storage.key), start * itemBytes, target);
    return target.buffer;
  }

  close(): Promise<void> {
    return this.#zip.close();
  }

  #storageEntry(key: string): string {
    return `${this.#root}data/${key}`;
  }

  /** PyTorch 2.1 and later say their byte order; before, it was the machine's, which was little-endian. */
  async #assertLittleEndian(): Promise<void> {
    if (this.#zip.size(`${this.#root}byteorder`) === undefined) return;
    const order = new TextDecoder().decode(await this.#readSmall('byteorder', 64)).trim();
    if (order !== 'little') throw checkpointError(`${this.file} has byte order ${order}; only little is read.`);
  }

  async #readSmall(name: string, maxBytes: number): Promise<Uint8Array> {
    const entry = `${this.#root}${name}`;
    const size = this.#zip.size(entry) ?? 0;
    if (size > maxBytes) throw checkpointError(`In ${this.file}, ${entry} has ${size} bytes: more than ${maxBytes}.`);
    const bytes = new Uint8Array(size);
    await this.#zip.readInto(entry, 0, bytes);
    return bytes;
  }
}

function findRoot(zip: ZipArchive): string {
  const pickles = [...zip.names()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw checkpointError(
      `${zip.file} is a zip but not a PyTorch checkpoint: it has ${pickles.length} data.pkl, not one.`,
    );
  }
  const root = pickle.slice(0, -'data.pkl'.length);
  if (zip.size(`${root}constants.pkl`) !== undefined) {
    throw checkpointError(`${zip.file} is a TorchScript program and not a checkpoint of torch.save.`);
  }
  return root;
}
