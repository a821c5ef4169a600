import { AppError } from '@m2fp/contract';
import { withDeadline } from '@m2fp/service/deadline';
import type { ApiDeps } from '../deps.ts';

/**
 * A result file as a stream. Throws `expired` if it is gone, and `storage_unavailable`.
 * @param hungUp the client's; ends the transfer
 */
export async function openFile(
  key: string,
  { storage, settings }: Pick<ApiDeps, 'storage' | 'settings'>,
  hungUp: AbortSignal,
) {
  return readingFile(settings.storageTimeoutMs, () => storage.getStream(key, { signal: hungUp }));
}

/** Reads from a result file within a deadline; storage errors get the codes that fit a result. */
export async function readingFile<T>(timeoutMs: number, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline({ timeoutMs, code: 'storage_unavailable', message: 'S3 is too slow.' }, read);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'input_not_found')
      throw new AppError('expired', 'The file is no longer kept.', { cause: error });
    throw new AppError('storage_unavailable', 'The file cannot be read.', { cause: error });
  }
}
