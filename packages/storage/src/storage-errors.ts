/** What goes wrong in storage, in the codes that users see. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '@m2fp/contract';

/** What an operation was about: decides what a missing object or a refusal means. */
export interface StorageOperation {
  readonly kind: 'read' | 'write' | 'other';
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/**
 * What to throw for an error of the SDK: the signal's own reason where the caller gave up; else `input_not_found`,
 * `input_denied`, `output_denied`, or `storage_unavailable` for all that another attempt may mend.
 */
export function toStorageError(error: unknown, { kind, key, signal }: StorageOperation): unknown {
  if (error instanceof AppError) return error;
  if (signal?.aborted === true) return signal.reason;
  if (kind === 'read' && isMissingObject(error)) return inputNotFound(key, error);
  if (isRefused(error)) {
    if (kind === 'read') return new AppError('input_denied', `Storage does not let us read ${key}.`, { cause: error });
    if (kind === 'write')
      return new AppError('output_denied', `Storage does not let us write ${key}.`, { cause: error });
  }
  return new AppError('storage_unavailable', 'Object storage cannot be used right now.', { cause: error });
}

/** Runs an operation; what it throws becomes what `toStorageError` makes of it. */
export async function translated<T>(operation: StorageOperation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStorageError(error, operation);
  }
}

/** HEAD has no body to say why, so a 404 there is all that is known; on GET a missing bucket is told apart. */
export function isMissingObject(error: unknown): boolean {
  return hasName(error, 'NoSuchKey', 'NotFound');
}

/** Our own key is wrong, which is no matter of the object: an operator has to mend it. */
const credentialErrors: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** By status: on HEAD there is nothing else to go by. */
function isRefused(error: unknown): boolean {
  const isForbidden = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
  return isForbidden && !credentialErrors.has(error.name);
}

export function inputNotFound(key: string | undefined, cause?: unknown): AppError {
  return new AppError('input_not_found', `There is no object ${key}.`, { cause });
}

export function objectTooLarge(maxBytes: number): AppError {
  return new AppError('image_too_large', `The image is too large: it has more than ${maxBytes} bytes.`);
}

function hasName(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}
