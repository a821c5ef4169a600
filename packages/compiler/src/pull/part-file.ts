import { mkdir, open, readFile, rename, rm, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** What a part belongs to. It is worth something only while the server has that very file. */
const originSchema = z.strictObject({
  url: z.string(),
  validator: z.string().optional(),
});
export type PartOrigin = z.infer<typeof originSchema>;

/**
 * A download that is not whole yet: `NAME.part` holds its first bytes, and `NAME.part.json` says what they are of. The
 * file itself appears only by `finish`, in one step.
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

  /** Takes up what an earlier download left, if that was of the same address. */
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

  /** The validator that the server gave for the file that these bytes are of. */
  get validator(): string | undefined {
    return this.#origin?.validator;
  }

  /** To be called before bytes of a file are appended. */
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

  /** Forgets every byte. */
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

  /** Puts the file into its place. */
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
    // Not there, or not ours: then nothing is known of the part, and it starts anew.
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.size ?? 0;
}
