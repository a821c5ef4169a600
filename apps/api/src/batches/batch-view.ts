import { finalBatchStatuses } from '@m2fp/contract';
import { viewBatch } from '@m2fp/queue/batches';
import type { BatchRecord } from '@m2fp/queue/batches';
import type { Presigner, ViewSettings } from '../jobs/job-view.ts';
import type { BatchView } from './batch-schemas.ts';
import type { BatchStore } from './store.ts';

/** A batch as clients see it. Its manifest's URL is signed now. Throws what signing throws, and `QueueUnavailable`. */
export async function presentBatch(
  record: BatchRecord,
  store: Pick<BatchStore, 'processing'>,
  presigner: Presigner,
  settings: ViewSettings,
): Promise<BatchView> {
  const { counts, manifest, error, ...summary } = viewBatch(record);
  const isFinal = finalBatchStatuses.has(record.status);
  const open = counts.total - counts.succeeded - counts.failed - counts.canceled;
  // Both are counted at their own moments.
  const processing = isFinal ? 0 : Math.min(open, await store.processing(record.id));
  const expiresInS = settings.resultUrlExpiryS;
  return {
    ...summary,
    metadata: { ...summary.metadata },
    counts: { ...counts, queued: isFinal ? 0 : open - processing, processing },
    manifest:
      manifest === null
        ? null
        : {
            key: manifest.key,
            url: await presigner.presignGet(manifest.key, { expiresInS }),
            url_expires_at: new Date(Date.now() + expiresInS * 1000).toISOString(),
          },
    ...(error === undefined ? {} : { error }),
  };
}
