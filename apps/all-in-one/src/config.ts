/** The settings of the one-image service, and what its parts are started with. See docs/deployment.md. */
import { logSettings, readSettings, text, url, wholeNumber, type SettingsOf } from '@m2fp/service/settings';
import { z } from 'zod';

const elsewhere = 'cannot be chosen here, where everything is in one container: use the images of the parts';
const refused = z.never({ error: elsewhere }).optional();

const ownSettings = z
  .object({
    HOST: text.default('0.0.0.0'),
    PORT: wholeNumber(1, 65_535).default(5000),
    PUBLIC_URL: url(['http', 'https']).default('http://localhost:5000'),
    DATA_DIR: text.default('/data'),
    BUNDLES_DIR: text.default('/bundles'),
    MODEL: text.optional(),
    REDIS_URL: refused,
    S3_ENDPOINT: refused,
    S3_BUCKET: refused,
    // The bucket is at a path of its own, which presigned URLs have.
    BASE_PATH: refused,
  })
  .transform((env) => ({
    host: env.HOST,
    port: env.PORT,
    /** Where clients reach this service: presigned URLs point there. */
    publicUrl: new URL(env.PUBLIC_URL).origin,
    dataDir: env.DATA_DIR,
    bundlesDir: env.BUNDLES_DIR,
    /** Bundles' folders, the default first; undefined for those that were mounted. */
    models: env.MODEL?.split(',').map((name) => name.trim()),
  }));

/** Of the parts, unless the user says otherwise. */
const partDefaults = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  // Docker gives a container 10 s to stop.
  SHUTDOWN_TIMEOUT_MS: '4000',
  // What is kept on disk is bounded by its age: a day.
  JOB_RETENTION_S: '86400',
  RESULT_RETENTION_S: '86400',
  UPLOAD_RETENTION_S: '86400',
};

const fragments = {
  log: logSettings,
  own: ownSettings,
  partEnvironment: z.record(z.string(), z.string().optional()).transform((env) => ({ ...partDefaults, ...env })),
};

export type Config = SettingsOf<typeof fragments>;

/** Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return readSettings('service', fragments, environment);
}
