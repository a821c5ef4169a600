import { S3Client, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { acceptAnswers } from './quick-requests.ts';
import type { S3Access } from './s3-access.ts';
import type { S3Encryption, S3Settings } from './s3-settings.ts';

interface ClientOptions {
  readonly access: S3Access;
  readonly endpoint: string | undefined;
  /** At once, all of this client's own. */
  readonly connections: number;
  readonly checksums?: boolean | undefined;
}

/** A client whose retries and timeouts are bounded. */
export function createS3Client(settings: S3Settings, options: ClientOptions): S3Client {
  const { access, endpoint, connections, checksums = false } = options;
  const client = new S3Client({
    ...access.configuration(settings.credentials),
    forcePathStyle: settings.forcePathStyle,
    // The default would put the checksum of an empty body into presigned PUT URLs, which strict servers then refuse.
    requestChecksumCalculation: checksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With pauses that double, longer ones if S3 is too busy; a budget of all requests bounds how many are repeated.
    retryMode: 'standard',
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
  });
  access.attach(client);
  acceptAnswers(client);
  return client;
}

type EncryptionInput = Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId' | 'BucketKeyEnabled'>;

/** What says, in a request that stores an object, what it is encrypted with. */
export function encryptionInput(encryption: S3Encryption | undefined): EncryptionInput {
  if (encryption === undefined) return {};
  const { algorithm, kmsKeyId, bucketKey } = encryption;
  return {
    ServerSideEncryption: algorithm,
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
    ...(bucketKey !== undefined && { BucketKeyEnabled: bucketKey }),
  };
}

/** The same as headers, which whoever uses a presigned URL has to send. */
export function encryptionHeaders(encryption: S3Encryption | undefined): Readonly<Record<string, string>> {
  if (encryption === undefined) return {};
  const { algorithm, kmsKeyId, bucketKey } = encryption;
  const name = 'x-amz-server-side-encryption';
  return {
    [name]: algorithm,
    ...(kmsKeyId !== undefined && { [`${name}-aws-kms-key-id`]: kmsKeyId }),
    ...(bucketKey !== undefined && { [`${name}-bucket-key-enabled`]: String(bucketKey) }),
  };
}
