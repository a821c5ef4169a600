/** The S3 client, and its errors in the codes that users see. */
import { S3Client, type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '@m2fp/contract';
import { inputNotFound } from './storage.ts';

/** Any S3 service: AWS, MinIO, Ceph, SeaweedFS, R2 … */
export interface S3Settings {
  /** Where the service reaches S3; AWS's endpoint for the region by default. */
  readonly endpoint?: string | undefined;
  /** Where clients reach it, for presigned URLs, if that is a different address. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** `host/bucket/key` instead of `bucket.host/key`: for servers without a host name per bucket. */
  readonly forcePathStyle: boolean;
  /** Without them, the SDK looks in its usual places: environment, profile, container or instance role. */
  readonly credentials?: S3Credentials | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** @param connections at once, all of this client's own. Its retries and timeouts are bounded. */
export function createS3Client(settings: S3Settings, endpoint: string | undefined, connections: number): S3Client {
  const { region, forcePathStyle, credentials } = settings;
  return new S3Client({
    region,
    forcePathStyle,
    // The default would put the checksum of an empty body into presigned PUT URLs, which strict servers then refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // Nothing is added to the client later, so its middleware stack need not be rebuilt for each request.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      socketTimeout: 20_000,
      httpAgent: { keepAlive: true, maxSockets: connections },
      httpsAgent: { keepAlive: true, maxSockets: connections },
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: identity(credentials) }),
  });
}

function identity({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: S3Credentials): S3ClientConfig['credentials'] & object {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** An operation, which decides what a missing object or a refusal means. */
export interface StorageOperation {
  readonly kind: 'read' | 'write' | 'other';
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/**
 * What to throw for an error from the SDK: the signal's reason if the caller gave up; otherwise `input_not_found`,
 * `input_denied`, `output_denied`, or `storage_unavailable` for whatever another attempt may fix.
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

/** Runs an operation and translates what it throws by `toStorageError`. */
export async function translated<T>(operation: StorageOperation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStorageError(error, operation);
  }
}

/** A response to HEAD has no body to say why, so its 404 is all we know; on GET a missing bucket is distinguished. */
export function isMissingObject(error: unknown): boolean {
  return hasName(error, 'NoSuchKey', 'NotFound');
}

/** Our own credentials are wrong, which has nothing to do with the object: an operator has to fix this. */
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

/** There is no such object, or we may not know: the bucket has answered, and to a key that it accepts. */
export function isAnswerOfBucket(error: unknown): boolean {
  return hasName(error, 'NoSuchKey', 'AccessDenied');
}

function hasName(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}
