/**
 * Starts Redis and S3 once for all integration tests. Tests share them: separate queue prefixes and key prefixes keep
 * them apart.
 */
import { fileURLToPath } from 'node:url';
import { startRedis, startS3 } from '@m2fp/dev-services';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
    s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The same programs are started a hundred times over: they are compiled once.
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
  const redis = await startRedis();
  const s3 = await startS3();
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  project.provide('redisUrl', redis.url);
  project.provide('s3', { endpoint, region, bucket, accessKeyId, secretAccessKey });
  return async () => {
    await Promise.all([redis.stop(), s3.stop()]);
  };
}
