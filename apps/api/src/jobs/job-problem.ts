import { AppError } from '@m2fp/contract';
import type { ErrorCode } from '@m2fp/contract';

/** A problem of a request that has a job: its id goes along, so that the job is not lost with the answer. */
export class JobProblem extends AppError {
  readonly jobId: string;

  constructor(code: ErrorCode, message: string, jobId: string) {
    super(code, message);
    this.name = 'JobProblem';
    this.jobId = jobId;
  }
}
