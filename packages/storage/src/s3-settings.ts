/** Any S3 service: AWS, MinIO, Ceph, SeaweedFS, R2 … */
export interface S3Settings {
  /** Where the service reaches S3; AWS's endpoint for the region by default. */
  readonly endpoint?: string | undefined;
  /** Where clients reach it, for presigned URLs, if that is a different address. */
  readonly publicEndpoint?: string | undefined;
  /** Where the bucket is supposed to be. If S3 says that it is elsewhere, that counts. */
  readonly region: string;
  readonly bucket: string;
  /** `host/bucket/key` instead of `bucket.host/key`: for servers without a host name per bucket. */
  readonly forcePathStyle: boolean;
  /** Without them, the SDK looks in its usual places: environment, profile, container or instance role. */
  readonly credentials?: S3Credentials | undefined;
  /** Reads them anew, where they may have changed since. What it throws leaves those that are known. */
  readonly readCredentials?: (() => S3Credentials) | undefined;
  /** What each stored object is encrypted with; by default, what the bucket does by itself. */
  readonly encryption?: S3Encryption | undefined;
  /**
   * Whether a checksum goes along with whatever is stored, as a bucket with a default retention (Object Lock) requires.
   * Not every S3 service knows them.
   */
  readonly checksums?: boolean | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface S3Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** Id, ARN or alias; AWS's own key for S3 by default. */
  readonly kmsKeyId?: string | undefined;
  /** One request to KMS for many objects; its price and its rate limit then hardly count. */
  readonly bucketKey?: boolean | undefined;
}
