/** Object storage: the port, and S3 behind it. */
export type { S3Credentials, S3Settings } from './s3-settings.ts';
export { createS3Storage } from './s3-storage.ts';
export type { ObjectStorage } from './storage.ts';
export { removeResults } from './remove-results.ts';
