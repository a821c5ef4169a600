import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Writes a file whole or not at all: what is stopped in the middle leaves the old one, and nothing beside it. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const staging = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await writeFile(staging, content);
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  }
}
