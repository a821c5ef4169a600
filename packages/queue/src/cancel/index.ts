/** Canceling jobs, from whatever process. */
export { cancelJob } from './cancel-job.ts';
export type { CancelOutcome, CancelParts } from './cancel-job.ts';
