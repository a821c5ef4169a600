/** Redis and S3 for development, demo and tests. Not for production. */
export { usableCacheDir } from './cache-dir.ts';
export type { RedisSource } from './redis/install-advice.ts';
export { startRedis, type RedisService, type StartRedisOptions } from './redis/start-redis.ts';
export { startS3, type S3Service, type StartS3Options } from './s3/start-s3.ts';
export {
  startProcess,
  type ManagedProcess,
  type ManagedProcessOptions,
  type ProcessEnd,
} from './process/managed-process.ts';
