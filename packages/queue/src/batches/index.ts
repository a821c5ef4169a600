/** Batches: what is kept of them, and how they move. */
export { Batches, batchRecordSchema } from './batches.ts';
export type { BatchPage, BatchRecord, NewBatch } from './batches.ts';
export { batchSpecSchema, viewBatch } from './batch-spec.ts';
export type { BatchSpec, BatchSummary } from './batch-spec.ts';
