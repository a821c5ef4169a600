import type { BatchPage, BatchRecord, NewBatch } from '@m2fp/queue/batches';

/** What the routes need of batches. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface BatchStore {
  /** How many have not ended. */
  open(): Promise<number>;
  create(batch: NewBatch): Promise<void>;
  find(id: string): Promise<BatchRecord | undefined>;
  list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage>;
  /** How many of its photos are being parsed now. */
  processing(id: string): Promise<number>;
  requestCancel(id: string): Promise<void>;
  close(): Promise<void>;
}
