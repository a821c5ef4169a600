/** Batches: what is stored for them, and their steps. */
export { Batches } from './batches.ts';
export type { BatchPage, BatchRecord, NewBatch } from './batches.ts';
export { viewBatch } from './batch-spec.ts';
export type { BatchSpec } from './batch-spec.ts';
