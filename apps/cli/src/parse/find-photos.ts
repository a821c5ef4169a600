import { resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { collectPhotos, nameResultFolders, type PhotoFile, type PhotoToParse } from '@m2fp/terminal';

/** A photo with its result folder, or an argument that is neither a photo nor a folder of photos. */
export type FoundPhoto = PhotoToParse & { readonly error?: AppError };

/**
 * What the arguments name, in order. One that is not a photo fails alone: the others are still parsed, into the same
 * folders as if it had been one.
 */
export async function findPhotos(args: readonly string[], workingDir: string): Promise<FoundPhoto[]> {
  const found: (PhotoFile & { readonly error?: AppError })[] = [];
  for (const arg of args) {
    try {
      found.push(...(await collectPhotos([arg], workingDir)));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = new AppError('input_not_found', message, { cause });
      found.push({ path: resolve(workingDir, arg), name: arg, error });
    }
  }
  return nameResultFolders(found);
}
