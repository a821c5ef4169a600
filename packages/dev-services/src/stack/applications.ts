import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { RedisService } from '../redis/start-redis.ts';
import type { S3Service } from '../s3/start-s3.ts';

// Vitest's global setup has no `import.meta.resolve`.
const require = createRequire(import.meta.url);

/**
 * The programs that make up the service. They are started as separate processes, never imported: whoever installs this
 * package brings them along.
 */
export const applications = {
  api: require.resolve('@m2fp/api/main'),
  worker: require.resolve('@m2fp/worker/main'),
  dispatcher: require.resolve('@m2fp/dispatcher/main'),
} as const;

export type Application = keyof typeof applications;

/** Node's own flags, as in each application's `npm start`. */
export const nodeFlags: Readonly<Record<Application, readonly string[]>> = {
  // The page's modules lose their types by a function of Node's that would say so on stderr.
  api: ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'],
  worker: [],
  dispatcher: ['--max-semi-space-size=4'],
};

/** The program of each application's `npm start`, which runs it as a bundle. Only a clone has it. */
const starter = resolve(import.meta.dirname, '../../../../infra/setup', 'start.ts');

/** Node's arguments that run a program with these flags as `npm start` would, and as it is where that cannot be. */
export function startArguments(flags: readonly string[], program: string): string[] {
  return [...(existsSync(starter) ? [starter] : []), ...flags, program];
}

/** How glibc gives back what an application frees, where its `npm start` says so. */
export const mallocSettings: Readonly<Record<Application, NodeJS.ProcessEnv>> = {
  // Request bodies, which come and go.
  api: { MALLOC_MMAP_THRESHOLD_: '131072' },
  // Photos and results, which come and go; parser processes take it over.
  worker: { MALLOC_MMAP_THRESHOLD_: '1048576' },
  // The parts of an upload, which come and go.
  dispatcher: { MALLOC_MMAP_THRESHOLD_: '131072' },
};

export interface ServiceSettings {
  readonly redis: Pick<RedisService, 'url' | 'embedded'>;
  readonly s3: S3Service;
  readonly model: string;
  readonly cacheDir: string;
  readonly queuePrefix: string | undefined;
  readonly logLevel: string | undefined;
}

/** The environment shared by the API, the worker and the dispatcher; only their ports differ. */
export function serviceEnvironment(settings: ServiceSettings): NodeJS.ProcessEnv {
  const { redis, s3, model, cacheDir } = settings;
  return {
    // Without it glibc keeps some 10 MB more after start-up; `npm start` of the API sets it too.
    MALLOC_ARENA_MAX: '2',
    // Receivers and servers of photos that are tried out here run here too, unless the user decides otherwise.
    WEBHOOK_ALLOW_LOOPBACK: '1',
    INPUT_URLS: 'loopback',
    ...process.env,
    HOST: '127.0.0.1',
    REDIS_URL: redis.url,
    QUEUE_PREFIX: settings.queuePrefix ?? defaultQueuePrefix(redis),
    MODEL: model,
    M2FP_CACHE_DIR: cacheDir,
    LOG_LEVEL: settings.logLevel ?? 'info',
    S3_REGION: s3.region,
    S3_BUCKET: s3.bucket,
    ...(s3.embedded ? embeddedS3Access(s3) : {}),
  };
}

/** On a shared Redis, other people's workers must not take jobs whose photos only our S3 has. */
function defaultQueuePrefix(redis: ServiceSettings['redis']): string {
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
