/** Single jobs on a parse queue: queuing, reading and canceling them. */
export { cancelJob, type CancelOutcome, type CancelParts, type RemoveResults } from './cancel-job.ts';
export { enqueueJob, enqueueJobs, expectWebhook } from './enqueue.ts';
export { readJobRecord, readJobStatuses } from './job-record.ts';
