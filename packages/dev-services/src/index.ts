/** Redis, S3 and sample photos for development, demo and tests. Not for production. */
export { usableCacheDir } from './cache-dir.ts';
export { type Invocation, readInvocation } from './config.ts';
export {
  type ManagedProcess,
  type ManagedProcessOptions,
  type ProcessEnd,
  startProcess,
} from './processes/managed-process.ts';
export { type RedisService, startRedis, type StartRedisOptions } from './redis/start-redis.ts';
export type { RedisSource } from './redis/system-redis.ts';
export { type S3Service, startS3, type StartS3Options } from './s3/start-s3.ts';
export { samplePhotos } from './sample-photos.ts';
