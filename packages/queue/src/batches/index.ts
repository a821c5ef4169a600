/** Batches: what is stored of them, and their steps. */
export { Batches, batchRecordSchema } from './batches.ts';
export type { BatchPage, BatchRecord, NewBatch } from './batches.ts';
export { batchSpecSchema, viewBatch } from './batch-spec.ts';
export type { BatchSpec, BatchSummary } from './batch-spec.ts';
