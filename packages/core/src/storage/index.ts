/** Object storage: the port, S3 behind it, and one in memory for tests. */
export { createMemoryStorage } from './memory-storage.ts';
export type { S3Credentials, S3Settings } from './s3-settings.ts';
export { createS3Storage } from './s3-storage.ts';
export type { ObjectStorage } from './storage.ts';
