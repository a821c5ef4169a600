/** The same backlog against a fixed fleet and against workers that come and go by a policy, one after the other. */
import { describeMachine, type Machine } from '@m2fp/bench';
import { createClient } from '@m2fp/client';
import { samplePhotos, stackCacheDir, startRedis, startS3 } from '@m2fp/dev-services';
import { createFleet } from '@m2fp/dev-services/fleet';
import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import sharp from 'sharp';
import { type AutoscaleOptions, fixedTrial, scaledTrial, type Trial, warmUpPrefix } from './trial.ts';

export interface AutoscaleRecord {
  readonly machine: Machine;
  readonly options: AutoscaleOptions;
  readonly trials: readonly Trial[];
}

export async function runAutoscale(
  options: AutoscaleOptions,
  signal: AbortSignal,
  onStep: (text: string) => void,
): Promise<AutoscaleRecord> {
  await using started = new AsyncDisposableStack();
  const redis = await startRedis({ isPrivate: true });
  started.defer(() => redis.stop());
  const s3 = await startS3();
  started.defer(() => s3.stop());
  const storage = createS3Storage({
    ...{ endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, forcePathStyle: true },
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey, sessionToken: undefined },
  });
  started.defer(() => storage.close());
  const keys = await storePhotos(storage, signal);
  const trials: Trial[] = [];
  for (const name of ['fixed', ...options.policies] as const) {
    onStep(`${name}: ${options.photos} photos`);
    const fleet = createFleet({
      ...{ redis, s3, model: options.model, cacheDir: await stackCacheDir(), queuePrefix: `autoscale-${name}` },
      env: { OUTPUT_PREFIX: `results/${name}/`, OUTPUT_PREFIXES: warmUpPrefix },
    });
    try {
      const api = await fleet.start('api');
      await (await fleet.start('dispatcher')).waitUntilReady(signal);
      await api.waitUntilReady(signal);
      const client = createClient({ baseUrl: api.url, maxRetries: Infinity });
      const services = { fleet, client, storage, keys, options, signal };
      trials.push(name === 'fixed' ? await fixedTrial(services) : await scaledTrial(services, name));
    } finally {
      await fleet.stop();
    }
  }
  return { machine: describeMachine(), options, trials };
}

/** One or two people of each sample photo: small enough that hundreds are done in minutes. */
async function storePhotos(storage: ObjectStorage, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for (const { path, name } of samplePhotos()) {
    const { width, height } = await sharp(path).metadata();
    const left = sharp(path).extract({ left: 0, top: 0, width: Math.floor(width / 2), height });
    const key = `inputs/autoscale/${name}`;
    const bytes = await left.resize({ height: 480 }).jpeg().toBuffer();
    await storage.put(key, bytes, { contentType: 'image/jpeg', signal });
    keys.push(key);
  }
  return keys;
}
