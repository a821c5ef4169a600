/** What is wrong with S3, in a closed list of words, and its errors in the codes that users see. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '@m2fp/contract';
import { inputNotFound } from './storage.ts';

/** Why storage cannot be used, and what is said of it to whoever asked. */
const reasons = {
  slow_down: 'it takes no more requests for the moment',
  failing: 'it has an error of its own',
  timeout: 'it does not answer in time',
  unreachable: 'it cannot be reached',
  clock_skew: 'its clock and ours differ too much',
  wrong_region: 'the bucket is in another region',
  no_such_bucket: 'there is no such bucket',
  no_credentials: 'there are no credentials for it',
  expired_credentials: 'the credentials for it have expired',
  wrong_credentials: 'it does not accept the credentials',
  access_denied: 'it does not allow this',
  encryption_key: 'the key that it encrypts with cannot be used',
  storage_full: 'it is full',
  refused: 'it does not accept the request',
} as const;

export type StorageReason = keyof typeof reasons;

export const storageReasons = Object.keys(reasons) as readonly StorageReason[];

/**
 * By the code of S3's error, AWS's and those of other servers. Codes that are not listed count by their HTTP status.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const reasonsByName: Readonly<Partial<Record<StorageReason, readonly string[]>>> = {
  // KMS, too, has a limit of requests per second, and S3 passes its refusal on.
  slow_down: ['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ThrottlingException', 'RequestLimitExceeded'],
  failing: ['InternalError', 'ServiceUnavailable', 'OperationAborted', 'XMinioServerNotInitialized'],
  timeout: ['RequestTimeout', 'TimeoutError'],
  clock_skew: ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'],
  wrong_region: [
    ...['PermanentRedirect', 'TemporaryRedirect', 'Redirect', 'IncorrectEndpoint', 'EndpointNotFound'],
    ...['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'],
  ],
  no_such_bucket: ['NoSuchBucket', 'InvalidBucketName'],
  no_credentials: ['CredentialsProviderError', 'TokenProviderError', 'ProviderError'],
  expired_credentials: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
  wrong_credentials: [
    ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidTokenId', 'InvalidClientTokenId'],
    ...['UnrecognizedClientException', 'InvalidSecurity', 'XMinioInvalidAccessKey'],
  ],
  access_denied: ['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'NotSignedUp', 'UnauthorizedAccess'],
  encryption_key: ['ServerSideEncryptionConfigurationNotFoundError'],
  storage_full: ['XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'QuotaExceeded', 'InsufficientStorage'],
};

const names: ReadonlyMap<string, StorageReason> = new Map(
  Object.entries(reasonsByName).flatMap(([reason, list]) => list.map((name) => [name, reason as StorageReason])),
);

const statuses: Readonly<Record<number, StorageReason>> = {
  ...{ 301: 'wrong_region', 307: 'wrong_region', 401: 'wrong_credentials', 403: 'access_denied' },
  ...{ 408: 'timeout', 429: 'slow_down', 507: 'storage_full' },
};

/** What is wrong, as far as the error tells. */
export function reasonOf(error: unknown): StorageReason {
  if (!(error instanceof Error)) return 'failing';
  // `KMS.DisabledException`, `KMS.NotFoundException`; or that our right to use the key is missing.
  if (error.name.startsWith('KMS.') || (error.name === 'AccessDenied' && /\bkms:|ciphertext/i.test(error.message)))
    return 'encryption_key';
  const named = names.get(error.name);
  if (named !== undefined) return named;
  if (!(error instanceof S3ServiceException)) return 'code' in error ? 'unreachable' : 'failing';
  const { httpStatusCode = 500 } = error.$metadata;
  return statuses[httpStatusCode] ?? (httpStatusCode >= 500 ? 'failing' : 'refused');
}

/** An operation, which decides what a missing object or a refusal means. */
export interface StorageOperation {
  readonly kind: 'read' | 'write' | 'other';
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/**
 * What to throw for an error from the SDK: the signal's reason if the caller gave up; otherwise `input_not_found`,
 * `input_denied`, `output_denied`, or `storage_unavailable` for whatever another attempt, or an operator, may fix.
 */
export function toStorageError(error: unknown, { kind, key, signal }: StorageOperation): unknown {
  if (error instanceof AppError) return error;
  if (signal?.aborted === true) return signal.reason;
  if (kind === 'read' && isMissingObject(error)) return inputNotFound(key, error);
  const reason = reasonOf(error);
  const options = { cause: error, reason };
  if (kind === 'read' && isName(error, 'InvalidObjectState'))
    return new AppError('input_denied', `The object ${key} is archived, and has to be restored first.`, options);
  if (kind !== 'other' && isRefusal(error, reason)) {
    const [code, what] = kind === 'read' ? (['input_denied', 'read'] as const) : (['output_denied', 'write'] as const);
    return new AppError(code, `Storage does not let us ${what} ${key}.`, options);
  }
  return new AppError('storage_unavailable', `Object storage cannot be used right now: ${reasons[reason]}.`, options);
}

/** Runs an operation and translates what it throws by `toStorageError`. */
export async function translated<T>(operation: StorageOperation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStorageError(error, operation);
  }
}

/** Of this object alone: an account without any access is for an operator to look at. */
function isRefusal(error: unknown, reason: StorageReason): boolean {
  return reason === 'access_denied' && !isName(error, 'AllAccessDisabled', 'AccountProblem', 'NotSignedUp');
}

export function isMissingObject(error: unknown): boolean {
  return isName(error, 'NoSuchKey', 'NotFound');
}

/**
 * An answer to HEAD has no body, so it cannot say why: that a bucket is missing looks like a missing object, expired
 * credentials like a bad request, and wrong ones like a refusal.
 */
export function isUnexplained(error: unknown): boolean {
  return error instanceof S3ServiceException && [400, 403, 404].includes(error.$metadata.httpStatusCode ?? 0);
}

/** There is no such object, or we may not know: the bucket has answered, and to a key that it accepts. */
export function isAnswerOfBucket(error: unknown): boolean {
  return isName(error, 'NoSuchKey', 'AccessDenied') && reasonOf(error) !== 'encryption_key';
}

function isName(error: unknown, ...wanted: string[]): boolean {
  return error instanceof S3ServiceException && wanted.includes(error.name);
}
