import { readJobResult, summarizeJob, type JobResult } from '@m2fp/contract';
import type { FinishedJob } from '../jobs/finished-jobs.ts';

/** A line of the manifest: what became of one photo. */
export interface Outcome {
  readonly index: number;
  readonly key: string;
  /** Null where the batch was canceled before the photo's turn. */
  readonly job_id: string | null;
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly people?: number;
  readonly image?: JobResult['image'];
  readonly files?: JobResult['files'];
  readonly error?: { readonly code: string; readonly message: string };
}

const canceled = { code: 'canceled', message: 'The batch was canceled before this photo’s turn.' };

export function outcomeOf({ record, data }: FinishedJob, index: number): Outcome {
  const { status, error } = summarizeJob(record);
  const facts = { index, key: data.input.key, job_id: record.id };
  if (status === 'succeeded') {
    const { people, image, files } = readJobResult(record);
    return { ...facts, status, people, image, files };
  }
  return { ...facts, status: status === 'canceled' ? status : 'failed', ...(error === undefined ? {} : { error }) };
}

export function untouched(index: number, key: string): Outcome {
  return { index, key, job_id: null, status: 'canceled', error: canceled };
}
