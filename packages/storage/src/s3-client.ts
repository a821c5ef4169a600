import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Any S3: AWS, MinIO, Ceph, SeaweedFS, R2 … */
export interface S3Settings {
  /** Where the service reaches S3; AWS's own endpoint of the region by default. */
  readonly endpoint?: string | undefined;
  /** Where clients reach it, for presigned URLs, if that is another address. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** `host/bucket/key` instead of `bucket.host/key`: for servers with no host name a bucket. */
  readonly forcePathStyle: boolean;
  /** Without them the SDK looks where it always does: environment, profile, container or instance role. */
  readonly credentials?: S3Credentials | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A client with bounded retries and time-outs. */
export function createS3Client(settings: S3Settings, endpoint: string | undefined): S3Client {
  const { region, forcePathStyle, credentials } = settings;
  return new S3Client({
    region,
    forcePathStyle,
    // The default would put the checksum of an empty body into presigned PUT URLs, which strict servers then refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // Nothing is added to the client later: its chain of middleware need not be put together for each request.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      socketTimeout: 20_000,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
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
