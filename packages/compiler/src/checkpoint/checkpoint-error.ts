import { AppError } from '@m2fp/contract';

/**
 * Anything that is wrong with a checkpoint folder: `model_unavailable`, which no retry fixes. The message names the
 * file and, if there is one, the tensor.
 */
export function checkpointError(message: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', message, { cause, retryable: false });
}

export function isCheckpointError(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'model_unavailable';
}

/** The text of anything thrown, without its stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
