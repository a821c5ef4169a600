/** Redis, S3 and sample photos for development, demo and tests. Not for production. */
export { stackCacheDir } from './cache-dir.ts';
export { type Invocation, readInvocation } from './config.ts';
export { type ManagedProcess, startProcess } from './processes/managed-process.ts';
export { findRedisProgram, startRedis } from './redis/start-redis.ts';
export { nodeFlags } from './stack/applications.ts';
export { startS3 } from './s3/start-s3.ts';
export { samplePhotos } from './sample-photos.ts';
