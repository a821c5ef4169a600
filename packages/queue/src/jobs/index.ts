/** Single jobs on a parse queue: queuing, reading, canceling and removing them. */
export { cancelJob, removeJob, type CancelOutcome, type CancelParts, type RemoveResults } from './cancel-job.ts';
export { enqueueJob, enqueueJobs, expectWebhook, type NewJob } from './enqueue.ts';
export { readJobRecord, readJobStatuses } from './job-record.ts';
export { uncountStart } from './uncount-start.ts';
