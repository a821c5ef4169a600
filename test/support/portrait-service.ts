import { inject } from 'vitest';
import { startApi, waitUntilReady, type ApiProcess } from './api/api-process.ts';
import { startWorkerProcess } from './worker/worker-process.ts';

/** The API and a worker with the portrait model. To be ended by `endWorkers`. */
export async function startPortraitService(changes: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
  const api = await startApi({ MODEL: 'portrait', ...changes });
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  await startWorkerProcess('real', {
    MODEL: 'portrait',
    THREADS: '1',
    REDIS_URL: inject('redisUrl'),
    QUEUE_PREFIX: api.prefixes.input.split('/')[0],
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_BUCKET: bucket,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  await waitUntilReady(api);
  return api;
}
