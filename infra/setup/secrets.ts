/**
 * The secrets of an installation in compose: random, made at the first start, kept from then on. Each service has a
 * folder of its own, which is the only one that its container sees, readable by its user alone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lchown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { services, type AccessKey, type ServiceName } from './s3-admin.ts';

/** Users in the images: `node`, and `redis` of the official image. */
const [nodeUid, redisUid] = [1000, 999];

/** Where each password of infra/redis/users.acl is kept: in a URL, or by itself. */
const redisUsers = [
  { user: 'm2fp-api', placeholder: 'API', folder: 'api', file: 'redis-url' },
  { user: 'm2fp-worker', placeholder: 'WORKER', folder: 'worker', file: 'redis-url' },
  { user: 'm2fp-dispatcher', placeholder: 'DISPATCHER', folder: 'dispatcher', file: 'redis-url' },
  { user: 'm2fp-keys', placeholder: 'KEYS', folder: 'keys', file: 'redis-url' },
  { user: 'operator', placeholder: 'OPERATOR', folder: 'redis', file: 'operator-password' },
] as const;

const random = (): string => randomBytes(24).toString('hex');

/** Makes what is missing under `root`; `redis` is where Redis is, as `host:port`. */
export async function makeSecrets(root: string, redis: string): Promise<void> {
  let users = (await readFile(new URL('../redis/users.acl', import.meta.url), 'utf8')).replace(/^#.*\n|^\n/gm, '');
  for (const { user, placeholder, folder, file } of redisUsers) {
    const isUrl = file === 'redis-url';
    const uid = folder === 'redis' ? redisUid : nodeUid;
    const secret = await keep(join(root, folder), file, uid, () => {
      const password = random();
      return isUrl ? `redis://${user}:${password}@${redis}` : password;
    });
    const password = isUrl ? new URL(secret).password : secret;
    users = users.replace(`>PASSWORD_OF_${placeholder}`, `#${createHash('sha256').update(password).digest('hex')}`);
  }
  // Always written: a new version may allow its services more.
  await store(join(root, 'redis'), 'users.acl', redisUid, users);
  await keepAccessKey(join(root, 's3'), 'root');
  for (const service of services) await keepAccessKey(join(root, service), service);
}

/** The S3 keys that `makeSecrets` has made. */
export async function readAccessKeys(root: string): Promise<Record<ServiceName | 's3', AccessKey>> {
  const read = async (folder: string): Promise<AccessKey> => ({
    accessKeyId: await readFile(join(root, folder, 's3-access-key-id'), 'utf8'),
    secretAccessKey: await readFile(join(root, folder, 's3-secret-access-key'), 'utf8'),
  });
  const [s3, api, worker, dispatcher] = await Promise.all(['s3', ...services].map(read));
  if (!s3 || !api || !worker || !dispatcher) throw new Error(`Not all keys are under ${root}.`);
  return { s3, api, worker, dispatcher };
}

async function keepAccessKey(folder: string, name: string): Promise<void> {
  await keep(folder, 's3-access-key-id', nodeUid, () => `m2fp-${name}`);
  await keep(folder, 's3-secret-access-key', nodeUid, random);
}

async function keep(folder: string, file: string, uid: number, make: () => string): Promise<string> {
  const found = await readFile(join(folder, file), 'utf8').catch(() => '');
  if (found !== '') return found;
  const secret = make();
  await store(folder, file, uid, secret);
  return secret;
}

async function store(folder: string, file: string, uid: number, content: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(folder, { recursive: true });
  await own(folder, uid, 0o700);
  await writeFile(path, content, { mode: 0o600 });
  await own(path, uid, 0o400);
}

async function own(path: string, uid: number, mode: number): Promise<void> {
  await chmod(path, mode);
  await chown(path, uid, uid);
}

/** Gives the folders where Redis and S3 keep their data to their users: Docker makes volumes for root. */
export async function ownData(root: string): Promise<void> {
  const owners = { redis: redisUid, s3: nodeUid, 's3-users': nodeUid };
  for (const [name, uid] of Object.entries(owners)) {
    const folder = join(root, name);
    // With what an earlier version, which ran as root, has stored there.
    if ((await stat(folder)).uid !== uid) await ownAll(folder, uid);
    await chmod(folder, 0o700);
  }
}

/** The folder itself last: whoever is interrupted begins anew. */
async function ownAll(folder: string, uid: number): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) await lchown(join(folder, path), uid, uid);
  await chown(folder, uid, uid);
}
