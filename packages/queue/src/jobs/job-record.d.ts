import type { JobRecord } from '@m2fp/contract';
import type { Queue } from 'bullmq';
/** A job as the queue has it now; undefined if there is none. */
export declare function readJobRecord(queue: Queue, id: string): Promise<JobRecord | undefined>;
