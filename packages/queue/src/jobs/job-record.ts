import type { JobRecord, JobState } from '@m2fp/contract';
import type { Job, JobState as BullState, Queue } from 'bullmq';

const states: Readonly<Record<BullState | 'unknown', JobState>> = {
  waiting: 'queued',
  prioritized: 'queued',
  delayed: 'queued',
  'waiting-children': 'queued',
  active: 'processing',
  completed: 'succeeded',
  failed: 'failed',
  // Added between the two reads below.
  unknown: 'queued',
};

/** A job as the queue has it now; undefined if there is none. */
export async function readJobRecord(queue: Queue, id: string): Promise<JobRecord | undefined> {
  // Sent together and in this order, so that the hash is never older than the state.
  const [asked, job] = (await Promise.all([queue.getJobState(id), queue.getJob(id)])) as [
    BullState | 'unknown',
    Job<unknown> | undefined,
  ];
  if (job === undefined) return undefined;
  const finishedSince = job.finishedOn !== undefined && asked !== 'completed' && asked !== 'failed';
  const state = states[finishedSince ? await queue.getJobState(id) : asked];
  return {
    id,
    state,
    data: job.data,
    progress: job.progress,
    attempts: job.attemptsStarted,
    startedAtMs: job.processedOn,
    finishedAtMs: job.finishedOn,
    // A failed attempt leaves its reason behind even if a later one succeeded.
    result: state === 'succeeded' ? (job.returnvalue as unknown) : undefined,
    failure: state === 'failed' ? job.failedReason : undefined,
  };
}
