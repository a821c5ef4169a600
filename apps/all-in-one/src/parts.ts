/** What runs in the one container: Redis, an S3 server, the API, the dispatcher, and a worker for each model. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@m2fp/service/settings';
import getPort from 'get-port';
import type { Config } from './config.ts';
import type { Part } from './keep-alive.ts';

export const bucket = 'm2fp';
const host = '127.0.0.1';
/** What the image brings along, and serves if nothing was mounted beside it. */
const ownModel = 'portrait';

export interface Parts {
  /** Needed by the others, and stopped after them. */
  readonly stores: readonly Part[];
  readonly applications: readonly Part[];
  readonly apiPort: number;
  readonly s3Port: number;
  /** Where each application says that it is ready. */
  readonly readyUrls: readonly string[];
  readonly models: readonly string[];
}

/** Makes the folders and secrets that are missing. Throws `ConfigError` if that cannot be done. */
export async function describeParts(config: Config): Promise<Parts> {
  const { own, partEnvironment } = config;
  const models = own.models ?? (await mountedModels(own.bundlesDir));
  const folders = await prepareFolders(own.dataDir);
  const [redisPort, s3Port, apiPort, dispatcherPort, ...workerPorts] = await freePorts(4 + models.length);
  const shared = {
    ...partEnvironment,
    ...{ HOST: host, REDIS_URL: `redis://${host}:${redisPort}`, S3_ENDPOINT: `http://${host}:${s3Port}` },
    ...{ S3_BUCKET: bucket, S3_FORCE_PATH_STYLE: 'true', S3_PUBLIC_ENDPOINT: own.publicUrl },
    ...{ AWS_ACCESS_KEY_ID_FILE: folders.accessKeyFile, AWS_SECRET_ACCESS_KEY_FILE: folders.secretKeyFile },
    MODEL: models[0],
  };
  const workers = models.map((model, index) =>
    node(models.length === 1 ? 'worker' : `worker ${index + 1}`, 'worker', [], {
      ...{ ...shared, ...photoBlocks, MODEL: model, HEALTH_PORT: String(workerPorts[index]) },
    }),
  );
  const dispatcher = { ...shared, ...bigBlocks, HEALTH_PORT: String(dispatcherPort) };
  const ports = [apiPort, dispatcherPort, ...workerPorts];
  return {
    stores: [redis(redisPort, folders.redis, partEnvironment), await s3(s3Port, folders, partEnvironment)],
    applications: [
      node('api', 'api', ['--max-semi-space-size=8', noWarning], { ...shared, ...bigBlocks, PORT: String(apiPort) }),
      ...workers,
      node('dispatcher', 'dispatcher', ['--max-semi-space-size=4'], dispatcher),
    ],
    ...{ apiPort, s3Port, models },
    readyUrls: ports.map((port) => `http://${host}:${port}/readyz`),
  };
}

/** glibc gives back what bodies and parts of uploads took. */
const bigBlocks = { MALLOC_MMAP_THRESHOLD_: '131072' };
/** The same for the worker, whose parser processes take it over. */
const photoBlocks = { MALLOC_MMAP_THRESHOLD_: '1048576' };

/** The API strips types from the page's modules by a function of Node's that says so in the log. */
const noWarning = '--disable-warning=ExperimentalWarning';

/** The folders of bundles that are not the image's own, by name; else the image's own. */
async function mountedModels(bundlesDir: string): Promise<string[]> {
  const entries = await readdir(bundlesDir, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const mounted = names.filter((name) => name !== ownModel).sort();
  return (mounted.length > 0 ? mounted : [ownModel]).map((name) => join(bundlesDir, name));
}

type Folders = Awaited<ReturnType<typeof prepareFolders>>;

async function prepareFolders(dataDir: string) {
  const [redisDir, objects, metadata, secrets] = ['redis', 'objects', 'metadata', 'secrets'].map((name) =>
    join(dataDir, name),
  ) as [string, string, string, string];
  try {
    // Each folder of the S3 server's is a bucket.
    for (const folder of [redisDir, join(objects, bucket), metadata]) await mkdir(folder, { recursive: true });
    await mkdir(secrets, { recursive: true, mode: 0o700 });
    const accessKeyFile = await secretFile(join(secrets, 's3-access-key-id'), () => 'm2fp');
    const secretKeyFile = await secretFile(join(secrets, 's3-secret-access-key'), () =>
      randomBytes(24).toString('hex'),
    );
    return { redis: redisDir, objects, metadata, accessKeyFile, secretKeyFile };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${dataDir} cannot be used: ${reason}. It has to be writable by user ${process.getuid?.()}.`);
  }
}

/** Kept, so that presigned URLs outlive a restart. */
async function secretFile(path: string, make: () => string): Promise<string> {
  const found = await readFile(path, 'utf8').catch(() => '');
  if (found === '') await writeFile(path, make(), { mode: 0o600 });
  return path;
}

async function freePorts(count: number): Promise<[number, number, number, number, ...number[]]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await getPort({ host, exclude: ports }));
  return ports as [number, number, number, number, ...number[]];
}

/** Jobs are never evicted and survive a restart, as in docker-compose.yml. */
function redis(port: number, folder: string, env: Part['env']): Part {
  const args = ['--bind', host, '--port', String(port), '--dir', folder, '--appendonly', 'yes', '--save', ''];
  const memory = ['--maxmemory', '256mb', '--maxmemory-policy', 'noeviction', '--loglevel', 'warning'];
  return { name: 'redis', command: 'redis-server', args: [...args, ...memory], env, isQuiet: true };
}

async function s3(port: number, folders: Folders, env: Part['env']): Promise<Part> {
  const { objects, metadata, accessKeyFile, secretKeyFile } = folders;
  // Metadata in files: not every file system that may be mounted keeps extended attributes. Quiet, because its log has
  // the names of photos. Pages on other sites may use presigned URLs, and only these.
  const args = ['--port', `${host}:${port}`, '--quiet', '--cors-allow-origin', '*'];
  const [accessKey, secretKey] = await Promise.all([readFile(accessKeyFile, 'utf8'), readFile(secretKeyFile, 'utf8')]);
  return {
    name: 's3',
    command: 'versitygw',
    args: [...args, 'posix', '--sidecar', metadata, objects],
    env: { ...env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
  };
}

const require = createRequire(import.meta.url);
/** In a checkout, it makes bundles of sources. */
const launcher = fileURLToPath(new URL('../../../infra/setup/start.ts', import.meta.url));

/** As a bundle, which takes less memory: the image has them, and in a checkout it is started as by `npm start`. */
function node(name: string, app: string, flags: readonly string[], env: NodeJS.ProcessEnv): Part {
  const main = require.resolve(`@m2fp/${app}/main`);
  const bundled = join(dirname(main), 'bundle', 'main.js');
  const program = existsSync(bundled) ? bundled : main;
  const isSource = program.endsWith('.ts') && existsSync(launcher);
  return { name, command: process.execPath, args: [...(isSource ? [launcher] : []), ...flags, program], env };
}
