import { type AppError, type JobError } from '@m2fp/contract';
import { UnrecoverableError } from 'bullmq';

/**
 * The one place that turns an error into what BullMQ understands. Its message becomes the job's `failedReason`: JSON by
 * `jobErrorSchema`, so that whoever reads the job finds the code. One that no attempt can mend ends the job at once.
 */
export function toQueueError(error: AppError): Error {
  const reason = JSON.stringify({ code: error.code, message: error.message } satisfies JobError);
  return error.retryable ? new Error(reason) : new UnrecoverableError(reason);
}
