import { AppError } from '@m2fp/contract';

/** A download that cannot succeed as requested: `model_unavailable`, with a message that says what to do. */
export function pullError(message: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', message, { cause, retryable: false });
}

/** A transfer that was interrupted and can resume where it stopped. Never leaves this folder. */
export class TransferCut extends Error {
  override readonly name = 'TransferCut';
}

/** The text of anything thrown; undici and Node sometimes give a code and no message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

/** `723.4 MB`; decimal, as disks and download pages count. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const digits = power === 0 ? 0 : 1;
  return `${(bytes / 1000 ** power).toFixed(digits)} ${units[power]}`;
}
