import { open } from 'node:fs/promises';
import { checkpointError, reasonOf } from './checkpoint-error.ts';

/** How a zip begins. */
const zipMagic = 'PK\x03\x04';
/** How `torch.save` wrote before PyTorch 1.6: a pickle of the number 0x1950a86a20f9469cfc6c. */
const legacyMagic = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';
/** What Git leaves in a file's place where Git LFS is not installed. */
const lfsMagic = 'version https://git-lfs';

/** Refuses, by what the file begins with, whatever is not a zip: `model_unavailable`, saying what it is. */
export async function assertZip(file: string): Promise<void> {
  const head = await readHead(file, 64);
  if (head.startsWith(zipMagic)) return;
  if (head === '') throw checkpointError(`${file} is empty.`);
  if (head.startsWith(legacyMagic)) {
    throw checkpointError(
      `${file} was written by torch.save in the format from before PyTorch 1.6, which is not read here: ` +
        'load it with a newer PyTorch and save it again.',
    );
  }
  if (head.startsWith(lfsMagic)) {
    throw checkpointError(
      `${file} is a Git LFS pointer and not the weights themselves: download the file it stands for.`,
    );
  }
  throw checkpointError(`${file} is not a PyTorch checkpoint: it is not a zip.`);
}

async function readHead(file: string, length: number): Promise<string> {
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    throw checkpointError(`${file} cannot be read: ${reasonOf(error)}.`, error);
  }
}
