/** Object storage: the port, and its implementation on S3. */
export { measuredOperations, measuredStorage, type StorageCall } from './measured-storage.ts';
export { storageReasons } from './s3-errors.ts';
export type { S3Credentials, S3Settings } from './s3-settings.ts';
export { createS3Storage } from './s3-storage.ts';
export {
  dispositionOf,
  removeResults,
  withinTime,
  type ObjectFacts,
  type ObjectStorage,
  type StoredObject,
} from './storage.ts';
