/** A partly downloaded file on disk, and the space that it needs there. */
import {
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { formatBytes, pullError } from './pull-error.ts';

/** What a part belongs to. It is of use only while the server has that very file. */
const originSchema = z.strictObject({
  url: z.string(),
  validator: z.string().optional(),
});
export type PartOrigin = z.infer<typeof originSchema>;

/**
 * A download in progress: `NAME.part` holds its first bytes, and `NAME.part.json` says what they belong to. The file
 * itself appears only with `finish`, in one step.
 */
export class PartFile {
  readonly target: string;
  readonly path: string;
  #origin: PartOrigin | undefined;
  #size = 0;
  #handle: FileHandle | undefined;

  private constructor(target: string) {
    this.target = target;
    this.path = `${target}.part`;
  }

  /** Continues what an earlier download left behind, if that was from the same URL. */
  static async open(target: string, url: string): Promise<PartFile> {
    await mkdir(dirname(target), { recursive: true });
    const part = new PartFile(target);
    part.#origin = await readOrigin(part.#originPath);
    part.#size = await sizeOf(part.path);
    if (part.#origin?.url !== url) await part.reset();
    return part;
  }

  get size(): number {
    return this.#size;
  }

  /** The validator that the server gave for the file that these bytes belong to. */
  get validator(): string | undefined {
    return this.#origin?.validator;
  }

  /** Call this before appending bytes of a file. */
  async setOrigin(origin: PartOrigin): Promise<void> {
    this.#origin = origin;
    await writeFile(this.#originPath, `${JSON.stringify(origin)}\n`);
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#handle ??= await open(this.path, 'a');
    let done = 0;
    while (done < chunk.length) {
      const { bytesWritten } = await this.#handle.write(chunk, done);
      done += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  /** Drops every byte. */
  async reset(): Promise<void> {
    await this.close();
    if (this.#size > 0) await truncate(this.path, 0);
    this.#size = 0;
    this.#origin = undefined;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Moves the file into place. */
  async finish(): Promise<void> {
    this.#handle ??= await open(this.path, 'a');
    await this.#handle.sync();
    await this.close();
    await rename(this.path, this.target);
    await rm(this.#originPath, { force: true });
  }

  /** Leaves nothing. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
    await rm(this.#originPath, { force: true });
    this.#size = 0;
    this.#origin = undefined;
  }

  get #originPath(): string {
    return `${this.path}.json`;
  }
}

async function readOrigin(path: string): Promise<PartOrigin | undefined> {
  try {
    return originSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Missing, or not ours: nothing is known about the part, so it starts over.
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.size ?? 0;
}

/** Bytes that this user can still write to the disk that a folder is on. */
export type FreeBytes = (dir: string) => Promise<number>;

export const freeBytesOf: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

export async function assertFreeSpace(dir: string, neededBytes: number, freeBytes: FreeBytes): Promise<void> {
  const free = await freeBytes(dir);
  if (free >= neededBytes) return;
  throw pullError(
    `${dir} is on a disk with ${formatBytes(free)} free, but ${formatBytes(neededBytes)} are still needed. ` +
      'Make room, or name another folder.',
  );
}

/** A write error for the user: a full disk, a used-up quota and a file that is too large are explained. */
export function writeError(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    const advice = 'What was fetched is kept: make room and run the same command again.';
    return pullError(`${path} cannot grow: no space left (${code}). ${advice}`, error);
  }
  return pullError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, error);
}
