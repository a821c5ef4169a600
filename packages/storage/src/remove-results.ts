import { AppError, resultKeys, type JobData } from '@m2fp/contract';
import type { ObjectStorage } from './storage.ts';

/** Removes every file that the job may have stored. Throws `storage_unavailable`, also if that takes too long. */
export async function removeResults(
  data: Pick<JobData, 'output' | 'options'>,
  storage: Pick<ObjectStorage, 'remove'>,
  timeoutMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await storage.remove(resultKeys(data), { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new AppError('storage_unavailable', `Storage did not answer within ${timeoutMs / 1_000} s.`, { cause });
  }
}
