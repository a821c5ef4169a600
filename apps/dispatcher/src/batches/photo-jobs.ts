import { anonymousOwner, batchJobId, jobPriority, type JobData } from '@m2fp/contract';
import type { BatchRecord } from '@m2fp/queue/batches';
import { enqueueJobs } from '@m2fp/queue/jobs';
import type { Queue } from 'bullmq';

export interface Photo {
  readonly index: number;
  readonly key: string;
}

/** Wide enough to keep folders in order; a longer index is simply longer. */
const indexDigits = 6;

/** Puts photos of a batch onto the parse queue. One that is there already is left as it is. */
export async function queuePhotos(
  queue: Queue,
  batch: BatchRecord,
  photos: readonly Photo[],
  { retentionS }: { retentionS: number },
): Promise<void> {
  await enqueueJobs(
    photos.map(({ index, key }) => ({
      id: batchJobId(batch.id, index),
      data: jobData(batch, index, key),
      // Requests for a single photo go first.
      priority: jobPriority.batch,
    })),
    { queue, retentionS },
  );
}

function jobData({ id, spec }: BatchRecord, index: number, key: string): JobData {
  const { owner, requestId, traceparent } = spec;
  return {
    v: 1,
    input: { key },
    output: { prefix: `${spec.output.prefix}${String(index).padStart(indexDigits, '0')}/` },
    options: spec.options,
    createdAt: new Date().toISOString(),
    batch: { id, index },
    ...(owner === anonymousOwner ? {} : { owner }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
