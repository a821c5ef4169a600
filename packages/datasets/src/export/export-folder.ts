import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type PhotoBytes, upright } from './photo-bytes.ts';

/** Where a data set is written. Paths are inside of it, with `/`. Throws what the file system throws. */
export class ExportFolder {
  readonly #root: string;
  readonly #open = new Set<FileHandle>();

  constructor(root: string) {
    this.#root = root;
  }

  async write(path: string, content: Uint8Array | string): Promise<void> {
    await writeFile(await this.#at(path), content);
  }

  /** Upright: `photo-bytes.ts` says why. */
  async putPhoto(path: string, original: PhotoBytes): Promise<void> {
    const to = await this.#at(path);
    const photo = await upright(original);
    if ('bytes' in photo) await writeFile(to, photo.bytes);
    else await copyFile(photo.path, to, constants.COPYFILE_FICLONE);
  }

  /** The same file under another name, for readers that look for it there; a copy where there are no such links. */
  async alias(path: string, of: string): Promise<void> {
    const [to, from] = [await this.#at(path), await this.#at(of)];
    await link(from, to).catch(() => copyFile(from, to));
  }

  /** A file that is written bit by bit: it may become larger than memory. */
  async open(path: string): Promise<TextFile> {
    const file = await open(await this.#at(path), 'w');
    this.#open.add(file);
    return {
      write: (text) => file.appendFile(text),
      close: async () => {
        this.#open.delete(file);
        await file.close();
      },
    };
  }

  /** Closes what is open, as after a failure. */
  async close(): Promise<void> {
    for (const file of this.#open) await file.close();
    this.#open.clear();
  }

  async #at(path: string): Promise<string> {
    const full = join(this.#root, path);
    await mkdir(dirname(full), { recursive: true });
    return full;
  }
}

export interface TextFile {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}
