import { AppError } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import type { BatchRecord, Batches } from '@m2fp/queue/batches';

const pageSize = 1_000;

export interface ListLimits {
  readonly maxPhotos: number;
  /** For one page. */
  readonly timeoutMs: number;
}

/**
 * Lists one page of a batch's prefix and adds it. Throws `input_not_found` where the whole listing finds nothing,
 * `invalid_request` where it finds too many, and what the storage throws.
 */
export async function listPage(
  batch: BatchRecord,
  batches: Pick<Batches, 'addListed'>,
  storage: Pick<ObjectStorage, 'list'>,
  limits: ListLimits,
): Promise<void> {
  const { id, spec, cursor, total } = batch;
  const prefix = spec.inputPrefix ?? '';
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const page = await storage.list(prefix, { cursor, limit: pageSize, signal });
  // Consoles make empty objects for folders.
  const keys = page.keys.filter((key) => !key.endsWith('/'));
  if (total + keys.length > limits.maxPhotos) {
    throw new AppError('invalid_request', `There are more than ${limits.maxPhotos} objects under the prefix.`);
  }
  if (total + keys.length === 0 && page.cursor === undefined) {
    throw new AppError('input_not_found', 'There is no object under the prefix.');
  }
  await batches.addListed(id, cursor, keys, page.cursor);
}
