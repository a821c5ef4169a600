/** Removes photos that came with a request and whose job was never queued: their API died, or could not tell. */
import type { PendingUploads } from '@m2fp/queue/retention';
import type { Logger } from '@m2fp/service/logger';
import { withinTime, type ObjectStorage } from '@m2fp/storage';
import type { Queue } from 'bullmq';

export interface AbandonedUploadsParts {
  readonly uploads: PendingUploads;
  /** Of all models' jobs. */
  readonly queues: readonly Queue[];
  readonly storage: Pick<ObjectStorage, 'remove'>;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** In one run. */
const most = 500;

/** Returns how many were removed. Throws what Redis and storage throw; the rest is for the next run. */
export async function removeAbandoned(parts: AbandonedUploadsParts, signal: AbortSignal): Promise<number> {
  const { uploads, queues, storage, timeoutMs, log } = parts;
  let removed = 0;
  for (const upload of await uploads.due(most)) {
    if (signal.aborted) break;
    if (!(await uploads.hasJob(upload, queues))) {
      await withinTime(timeoutMs, (within) => storage.remove([upload.key], { signal: within }), signal);
      removed += 1;
    }
    await uploads.remove(upload);
  }
  if (removed > 0) log.info({ photos: removed }, 'photos without a job were removed');
  return removed;
}
