/** Single jobs on a parse queue: queuing, reading, canceling and removing them. */
export { cancelJob, removeJob, type CancelOutcome, type CancelParts, type RemoveResults } from './cancel-job.ts';
export { enqueueJob, enqueueJobs, expectWebhook, type EnqueueParts, type NewJob } from './enqueue.ts';
export { readJobRecord } from './job-record.ts';
