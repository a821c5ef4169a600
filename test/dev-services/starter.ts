/** Starts Redis and S3, says where they are, and stays up. Run as a process of its own by killed-starter.test.ts. */
import { startRedis, startS3 } from '@m2fp/dev-services';

const redis = await startRedis();
const s3 = await startS3();
console.log(JSON.stringify({ redisUrl: redis.url, s3Endpoint: s3.endpoint }));
setInterval(() => undefined, 60_000);
