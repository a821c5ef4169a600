import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { deriveJobId } from './queue.ts';

export const batchStatuses = [
  'queued',
  'listing',
  'processing',
  'canceling',
  'finished',
  'failed',
  'canceled',
] as const;
export type BatchStatus = (typeof batchStatuses)[number];

/** `finished`: every photo has an outcome, good or bad. `failed`: the batch itself could not continue. */
export const finalBatchStatuses: ReadonlySet<BatchStatus> = new Set(['finished', 'failed', 'canceled']);

export function createBatchId(): string {
  return `batch_${randomBytes(16).toString('hex')}`;
}

export const batchIdPattern = /^batch_[0-9a-f]{32}$/;

/** The job id of a photo in a batch. It is derived, so that expanding a batch twice creates each job once. */
export function batchJobId(batchId: string, index: number): string {
  return deriveJobId(`${batchId} ${index}`);
}

/** One queue of batches per model, besides its queue of jobs. */
export function batchQueueName(parseQueueName: string): string {
  return `batches-${parseQueueName}`;
}

/** What is put on the batch queue. The rest is in the batch's record. */
export const batchJobSchema = z.strictObject({ v: z.literal(1), batch: z.string().regex(batchIdPattern) });
export type BatchJob = z.infer<typeof batchJobSchema>;

/** A job's place in its batch. */
export const batchPlaceSchema = z.strictObject({
  id: z.string().regex(batchIdPattern),
  index: z.int().nonnegative(),
});
