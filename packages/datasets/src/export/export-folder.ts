import { constants, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';

/** A photo's own bytes: in a file, which is then copied without reading it where the file system can, or in memory. */
export type PhotoBytes = { readonly path: string } | { readonly bytes: Uint8Array };

/** Where a data set is written. Paths are inside of it, with `/`. */
export class ExportFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async write(path: string, content: Uint8Array | string): Promise<void> {
    await writeFile(await this.#at(path), content);
  }

  async putPhoto(path: string, photo: PhotoBytes): Promise<void> {
    const to = await this.#at(path);
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
    const stream = createWriteStream(await this.#at(path));
    await once(stream, 'open');
    return {
      async write(text) {
        if (!stream.write(text)) await once(stream, 'drain');
      },
      async close() {
        stream.end();
        await finished(stream);
      },
    };
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
