import { randomBytes } from 'node:crypto';
import type { RedisService, S3Service } from '@m2fp/dev-services';

export interface ServiceSettings {
  readonly redis: RedisService;
  readonly s3: S3Service;
  readonly model: string;
  readonly cacheDir: string;
  readonly queuePrefix: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

/** What the API, the worker and the dispatcher read from their environment, beside ports. */
export function serviceEnvironment(settings: ServiceSettings): NodeJS.ProcessEnv {
  const { redis, s3, model, cacheDir } = settings;
  return {
    // Otherwise glibc keeps some 10 MB more of what start-up used; `npm start` of the API sets it too.
    MALLOC_ARENA_MAX: '2',
    // Receivers that are tried out here run here too; whoever sets it otherwise has their way.
    WEBHOOK_ALLOW_LOOPBACK: '1',
    ...settings.environment,
    HOST: '127.0.0.1',
    REDIS_URL: redis.url,
    QUEUE_PREFIX: settings.queuePrefix ?? ownQueuePrefix(redis),
    MODEL: model,
    M2FP_CACHE_DIR: cacheDir,
    S3_REGION: s3.region,
    S3_BUCKET: s3.bucket,
    ...(s3.embedded ? embeddedS3Access(s3) : {}),
  };
}

/** In a Redis that others use too, workers of theirs must not take jobs whose photos only our S3 has. */
function ownQueuePrefix(redis: RedisService): string {
  return redis.embedded ? 'm2fp' : `m2fp-demo-${randomBytes(4).toString('hex')}`;
}

function embeddedS3Access(s3: S3Service): NodeJS.ProcessEnv {
  return {
    S3_ENDPOINT: s3.endpoint,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
}
