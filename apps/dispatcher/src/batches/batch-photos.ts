/** A batch's photos: where they are listed, and how they get onto the parse queue. */
import {
  AppError,
  anonymousOwner,
  batchJobId,
  isHiddenFile,
  isKeyOfUrl,
  nameInUrl,
  shownKey,
  type JobData,
} from '@m2fp/contract';
import type { BatchRecord, Batches } from '@m2fp/queue/batches';
import { enqueueJobs } from '@m2fp/queue/jobs';
import type { TurnParts } from '@m2fp/queue/turns';
import type { ObjectStorage } from '@m2fp/storage';

/** Of a listing. */
const pageSize = 1_000;

export interface ListLimits {
  readonly maxPhotos: number;
  /** For one page. */
  readonly timeoutMs: number;
}

/**
 * Lists one page of a batch's prefix and adds it. Throws `input_not_found` if the whole listing finds nothing,
 * `invalid_request` if it finds too many, `rate_limited` if the owner has too many, and what the storage throws.
 */
export async function listPage(
  batch: BatchRecord,
  batches: Pick<Batches, 'addListed' | 'recount'>,
  storage: Pick<ObjectStorage, 'list'>,
  limits: ListLimits,
): Promise<void> {
  const { id, spec, cursor, total } = batch;
  const { inputPrefix: prefix } = spec;
  if (prefix === undefined) throw new AppError('internal', 'The batch has neither keys nor a prefix.');
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const page = await storage.list(prefix, { cursor, limit: pageSize, signal });
  const folder = prefix.lastIndexOf('/') + 1;
  // The prefix is all that the batch may read, whatever the storage answers. Folders are empty objects in S3 consoles.
  const isPhoto = (key: string): boolean =>
    key.startsWith(prefix) && !key.endsWith('/') && !isHiddenFile(key.slice(folder));
  const keys = page.keys.filter(isPhoto);
  if (total + keys.length > limits.maxPhotos) {
    throw new AppError('invalid_request', `There are more than ${limits.maxPhotos} objects under the prefix.`);
  }
  if (total + keys.length === 0 && page.cursor === undefined) {
    throw new AppError('input_not_found', 'There is no photo under the prefix.');
  }
  if (!(await batches.recount(batch, keys))) {
    throw new AppError('rate_limited', `An owner may have ${spec.limits?.photos} photos waiting in open batches.`);
  }
  await batches.addListed(id, cursor, keys, page.cursor);
}

export interface Photo {
  readonly index: number;
  /** Or its URL. */
  readonly key: string;
}

/** Enough to keep the folders of results in order; a longer index is simply longer. */
const indexDigits = 6;

/** Puts photos of a batch onto the parse queue. One that is already there is left unchanged. */
export async function queuePhotos(batch: BatchRecord, photos: readonly Photo[], parts: TurnParts): Promise<void> {
  await enqueueJobs(
    photos.map(({ index, key }) => ({
      id: batchJobId(batch.id, index),
      data: jobData(batch, index, key),
      class: 'batch',
    })),
    parts,
  );
}

/** Where a photo's results go. */
export function photoPrefix({ spec }: Pick<BatchRecord, 'spec'>, index: number): string {
  return `${spec.output.prefix}${String(index).padStart(indexDigits, '0')}/`;
}

/** @param key of a photo in the bucket, or its URL */
function inputOf(key: string): JobData['input'] {
  if (!isKeyOfUrl(key)) return { key };
  const name = nameInUrl(key);
  return { key: shownKey(key), url: key, ...(name !== undefined && { name }) };
}

function jobData(batch: BatchRecord, index: number, key: string): JobData {
  const { id, spec } = batch;
  const { owner, keyId, requestId, traceparent } = spec;
  return {
    v: 1,
    input: inputOf(key),
    output: { prefix: photoPrefix(batch, index) },
    options: spec.options,
    createdAt: new Date().toISOString(),
    batch: { id, index },
    ...(owner === anonymousOwner ? {} : { owner }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
