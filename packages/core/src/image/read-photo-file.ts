import { readFile, stat } from 'node:fs/promises';
import { AppError } from '@m2fp/contract';
import { defaultPhotoLimits } from './photo-limits.ts';

/**
 * Reads a photo's file, unless it is larger than allowed, bytes. Throws `input_not_found`, also for what is no file (a
 * pipe may never end, a device never does), `image_too_large`, and the signal's reason.
 */
export async function readPhotoFile(
  path: string | URL,
  maxBytes = defaultPhotoLimits.maxBytes,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new AppError('input_not_found', 'The file cannot be read: it is not a regular file.');
    const { size } = found;
    if (size <= maxBytes) return await readFile(path, { signal });
    throw new AppError(
      'image_too_large',
      `The image is too large: it has ${size} bytes, at most ${maxBytes} are allowed.`,
    );
  } catch (error) {
    if (error instanceof AppError) throw error;
    signal?.throwIfAborted();
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new AppError('input_not_found', `The file cannot be read: ${reason}.`, { cause: error });
  }
}
