/**
 * Starts Redis and S3 once for all integration tests, and makes the bundles that services run as. Tests share them:
 * separate queue prefixes and key prefixes keep them apart.
 */
import { fileURLToPath } from 'node:url';
import { startRedis, startS3 } from '@m2fp/dev-services';
import type { TestProject } from 'vitest/node';
import { currentBundle } from '../../infra/setup/bundle-cache.ts';

const root = new URL('../../', import.meta.url);
const sources = {
  api: 'apps/api/src/main.ts',
  worker: 'apps/worker/src/main.ts',
  dispatcher: 'apps/dispatcher/src/main.ts',
  /** The worker, but that its parser processes do what a photo's bytes say. */
  scriptedWorker: 'test/support/worker/scripted-worker.ts',
};

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
    s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string };
    /** What to run, as `npm start` does: a bundle, which starts in a third of the time that its sources take. */
    programs: Record<keyof typeof sources, string>;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The same programs are started a hundred times over: they are compiled once.
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/compiled', root));
  project.provide('programs', await bundleAll());
  const redis = await startRedis();
  const s3 = await startS3();
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  project.provide('redisUrl', redis.url);
  project.provide('s3', { endpoint, region, bucket, accessKeyId, secretAccessKey });
  return async () => {
    await Promise.all([redis.stop(), s3.stop()]);
  };
}

async function bundleAll(): Promise<Record<keyof typeof sources, string>> {
  const cacheDir = fileURLToPath(new URL('.cache/programs', root));
  const bundled = Object.entries(sources).map(async ([name, path]) => {
    const source = fileURLToPath(new URL(path, root));
    const bundled = await currentBundle(source, cacheDir);
    // Tests of the sources would say nothing of what `npm start` runs.
    if (bundled === undefined) throw new Error(`There is no bundle of ${path}.`);
    return [name, bundled] as const;
  });
  return Object.fromEntries(await Promise.all(bundled)) as Record<keyof typeof sources, string>;
}
