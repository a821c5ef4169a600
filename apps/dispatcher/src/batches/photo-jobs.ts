import { anonymousOwner, batchJobId, jobAttempts, jobBackoff, jobPriority, type JobData } from '@m2fp/contract';
import type { BatchRecord } from '@m2fp/queue/batches';
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
  const keep = { age: retentionS };
  await queue.addBulk(
    photos.map(({ index, key }) => ({
      name: 'parse',
      data: jobData(batch, index, key),
      opts: {
        jobId: batchJobId(batch.id, index),
        // Whoever waits for a single photo goes first.
        priority: jobPriority.batch,
        attempts: jobAttempts,
        backoff: jobBackoff,
        removeOnComplete: keep,
        removeOnFail: keep,
      },
    })),
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
