/** `s3://bucket/prefix`, without what reads buckets. */
export interface BucketUrl {
  readonly bucket: string;
  /** A key, or what keys begin with; may be empty. */
  readonly prefix: string;
}

/** Undefined for what is not such a URL. Nothing in it is decoded: keys are written as they are. */
export function parseBucketUrl(text: string): BucketUrl | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}
