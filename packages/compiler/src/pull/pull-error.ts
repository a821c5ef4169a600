import { AppError } from '@m2fp/contract';

/** A download that cannot succeed as it was asked for: `model_unavailable`, with a message that says what to do. */
export function pullError(message: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', message, { cause, retryable: false });
}

/** A transfer that broke off and can go on from where it stopped. Never leaves this folder. */
export class TransferCut extends Error {
  override readonly name = 'TransferCut';
}

/** The text of anything thrown; undici and Node put what they know into a code, sometimes with no message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message.includes(code) ? error.message : `${error.message} (${code})`;
}
