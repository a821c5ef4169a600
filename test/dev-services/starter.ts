/** Starts Redis and S3, prints their addresses, and stays up. killed-starter.test.ts runs it as a separate process. */
import { startRedis, startS3 } from '@m2fp/dev-services';

const redis = await startRedis();
const s3 = await startS3();
console.log(JSON.stringify({ redisUrl: redis.url, s3Endpoint: s3.endpoint }));
setInterval(() => undefined, 60_000);
