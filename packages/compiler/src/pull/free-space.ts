import { statfs } from 'node:fs/promises';
import { formatBytes } from './format-bytes.ts';
import { pullError } from './pull-error.ts';

/** Free bytes, for this user, on the disk that a folder is on. */
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

/** For an error of writing: in words where the disk is full, the file too large for it, or the user's quota used up. */
export function writeError(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return pullError(
      `${path} cannot grow: no space left (${code}). What was fetched is kept: make room and run the same command again.`,
      error,
    );
  }
  return pullError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, error);
}
