import type { AppError } from '@m2fp/contract';
import { toAppError } from '@m2fp/contract';
import type { Context, ErrorHandler } from 'hono';
import { JobProblem } from '../jobs/job-problem.ts';
import { QueueUnavailable } from '../jobs/queue.ts';
import type { ApiEnv } from './context.ts';
import { InvalidRequest } from './errors.ts';
import { createProblem, problemHeaders, problemKinds } from './problem.ts';
import type { ProblemExtras } from './problem.ts';

/** Answers the request with the error's problem document. */
export function answerProblem(
  context: Context<ApiEnv>,
  error: AppError,
  headers: Record<string, string> = {},
): Response {
  context.set('problemCode', error.code);
  const problem = createProblem(error.code, error.message, context.get('requestId'), extras(error));
  // By the context, so that headers set before this, the request's id among them, are kept.
  return context.body(JSON.stringify(problem), problemKinds[error.code].status, {
    ...problemHeaders(error.code),
    ...headers,
  });
}

function extras(error: AppError): ProblemExtras {
  if (error instanceof InvalidRequest) return { errors: error.errors };
  const hasJob = error instanceof QueueUnavailable || error instanceof JobProblem;
  if (hasJob && error.jobId !== undefined) return { job_id: error.jobId };
  return {};
}

/** Everything that a handler throws ends here. What is our fault is logged with its cause, here and nowhere else. */
export const onError: ErrorHandler<ApiEnv> = (thrown, context) => {
  const error = toAppError(thrown);
  if (problemKinds[error.code].status >= 500) {
    context.get('log').error({ err: error, code: error.code }, 'request failed');
  }
  return answerProblem(context, error);
};
