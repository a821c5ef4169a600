/**
 * `npm run check:s3-policies -- VERSITYGW`: proves the policies of infra/s3 against a gateway that enforces them.
 *
 * Starts the given binary on loopback with its own users and an empty folder, sets it up as compose does, and then does
 * with each service's key what the service does, through the same code, and what it must not be able to do. Prints one
 * line for each; exits with 1 if any is not as it should be. Nothing is left afterwards.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import { setUpS3, services, type AccessKey, type ServiceName } from '../setup/s3-admin.ts';

const bucket = 'photos';
const region = 'us-east-1';
const [binary = 'versitygw'] = process.argv.slice(2);
/** For each request; the gateway is on this machine. */
const signalOf = (): AbortSignal => AbortSignal.timeout(10_000);
const accessKey = (name: string): AccessKey => ({
  accessKeyId: name,
  secretAccessKey: randomBytes(20).toString('hex'),
});

const admin = accessKey('admin');
const keys = Object.fromEntries(services.map((name) => [name, accessKey(name)])) as Record<ServiceName, AccessKey>;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function startGateway(folder: string, port: number): Promise<ChildProcess> {
  const [data, iam] = [join(folder, 'data'), join(folder, 'iam')];
  for (const path of [data, iam]) await mkdir(path);
  const args = ['--port', `127.0.0.1:${port}`, '--iam-dir', iam, '--quiet', 'posix', data];
  const env = { ROOT_ACCESS_KEY: admin.accessKeyId, ROOT_SECRET_KEY: admin.secretAccessKey };
  const gateway = spawn(binary, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const failed = once(gateway, 'error').then(([error]: Error[]) => error);
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer !== undefined) return gateway;
    const error = await Promise.race([failed, sleep(100)]);
    if (error !== undefined) throw error;
  }
  gateway.kill('SIGKILL');
  throw new Error(`${binary} does not answer.`);
}

type Storages = Readonly<Record<ServiceName | 'admin', ObjectStorage>>;
type Check = readonly [what: string, work: (storages: Storages) => Promise<unknown>];

const photo = Buffer.from('photo');
const [longer, shorter] = [Buffer.alloc(60_000_000), Buffer.from('p')];
const put = (storage: ObjectStorage, key: string) =>
  storage.put(key, photo, { contentType: 'image/jpeg', signal: signalOf() });
const get = (storage: ObjectStorage, key: string) => storage.get(key, { maxBytes: 1e6, signal: signalOf() });
const head = async (storage: ObjectStorage, key: string) => {
  if ((await storage.head(key, { signal: signalOf() })) === undefined) throw new Error('It is missing.');
};
const remove = (storage: ObjectStorage, key: string) => storage.remove([key], { signal: signalOf() });
const list = (storage: ObjectStorage, prefix: string) => storage.list(prefix, { signal: signalOf() });
const ping = (storage: ObjectStorage) => storage.ping({ signal: signalOf() });

/** More than a part of 5 MiB, so that it takes a multipart upload. */
async function* largePhoto(): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < 3; part++) yield new Uint8Array(3 * 2 ** 20);
}
const putStream = (storage: ObjectStorage, key: string) =>
  storage.putStream(key, largePhoto(), { contentType: 'image/jpeg', maxBytes: 1e8, signal: signalOf() });

/** A client's requests with URLs that a service has signed. Throws unless the answer is 2xx. */
async function presignedPut(storage: ObjectStorage, key: string, contentType = 'image/jpeg', body = photo) {
  const { url } = await storage.presignPut(key, { expiresInS: 60, contentType: 'image/jpeg', bytes: photo.length });
  const headers = { 'content-type': contentType };
  const answer = await fetch(url, { method: 'PUT', body, headers, signal: signalOf() });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
async function presignedGet(storage: ObjectStorage, key: string, change = (url: string) => url): Promise<void> {
  const answer = await fetch(change(await storage.presignGet(key, { expiresInS: 60 })), { signal: signalOf() });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

const photos = ['inputs/shop/a.jpg', 'uploads/shop/a.jpg'] as const;
const mask = 'results/shop/job_1/masks.json';
const colormap = 'results/shop/job_1/colormap.png';
const manifest = 'results/shop/batch_1/manifest.jsonl';
const annotations = 'results/shop/batch_1/annotations.json';
const elsewhere = 'private/a.jpg';

const allowed: readonly Check[] = [
  ...services.map((name): Check => [`${name}: asks whether the bucket answers`, (s) => ping(s[name])]),
  ['api: stores an upload', ({ api }) => put(api, 'uploads/shop/new.jpg')],
  ['api: stores an upload in parts', ({ api }) => putStream(api, 'uploads/shop/large.jpg')],
  ['api: removes an upload', ({ api }) => remove(api, 'uploads/shop/large.jpg')],
  ['api: signs an upload', ({ api }) => presignedPut(api, 'uploads/shop/signed.jpg')],
  ...photos.map((key): Check => [`api: sees ${key}`, ({ api }) => head(api, key)]),
  ['api: reads a result', ({ api }) => get(api, mask)],
  ['api: signs a result', ({ api }) => presignedGet(api, mask)],
  ['api: signs a manifest', ({ api }) => presignedGet(api, manifest)],
  ['api: removes a canceled job’s results', ({ api }) => remove(api, 'results/shop/job_2/masks.json')],
  ...photos.map((key): Check => [`worker: reads ${key}`, ({ worker }) => get(worker, key)]),
  ['worker: stores a result', ({ worker }) => put(worker, 'results/shop/job_3/masks.json')],
  ['worker: removes a result', ({ worker }) => remove(worker, 'results/shop/job_3/masks.json')],
  ['dispatcher: lists inputs', ({ dispatcher }) => list(dispatcher, 'inputs/shop/')],
  ['dispatcher: lists uploads', ({ dispatcher }) => list(dispatcher, 'uploads/')],
  ['dispatcher: lists results', ({ dispatcher }) => list(dispatcher, 'results/')],
  ['dispatcher: removes an old upload', ({ dispatcher }) => remove(dispatcher, 'uploads/shop/new.jpg')],
  ['dispatcher: stores a manifest', ({ dispatcher }) => putStream(dispatcher, manifest)],
  ['dispatcher: reads masks', ({ dispatcher }) => get(dispatcher, mask)],
  ['dispatcher: stores annotations', ({ dispatcher }) => putStream(dispatcher, annotations)],
  ['dispatcher: removes a canceled photo’s results', ({ dispatcher }) => remove(dispatcher, 'results/shop/job_4/a')],
];

const refused: readonly Check[] = [
  ...services.flatMap((name): Check[] => [
    [`${name}: reads elsewhere`, (s) => get(s[name], elsewhere)],
    [`${name}: writes elsewhere`, (s) => put(s[name], elsewhere)],
    [`${name}: removes elsewhere`, (s) => remove(s[name], elsewhere)],
    [`${name}: lists the bucket`, (s) => list(s[name], '')],
    [`${name}: replaces an input`, (s) => put(s[name], photos[0])],
    [`${name}: removes an input`, (s) => remove(s[name], photos[0])],
  ]),
  ['api: lists uploads', ({ api }) => list(api, 'uploads/')],
  ['api: lists results', ({ api }) => list(api, 'results/')],
  ['api: writes a result', ({ api }) => put(api, mask)],
  ['worker: lists inputs', ({ worker }) => list(worker, 'inputs/')],
  ['worker: lists results', ({ worker }) => list(worker, 'results/')],
  ['worker: reads a result', ({ worker }) => get(worker, mask)],
  ['worker: writes an upload', ({ worker }) => put(worker, photos[1])],
  ['worker: removes an upload', ({ worker }) => remove(worker, photos[1])],
  ['dispatcher: reads a photo', ({ dispatcher }) => get(dispatcher, photos[0])],
  ['dispatcher: reads another result', ({ dispatcher }) => get(dispatcher, colormap)],
  ['dispatcher: writes a result', ({ dispatcher }) => put(dispatcher, mask)],
  ['a signed upload of another type', ({ api }) => presignedPut(api, 'uploads/shop/signed.jpg', 'text/html')],
  ['a signed upload of more bytes', ({ api }) => presignedPut(api, 'uploads/shop/signed.jpg', undefined, longer)],
  ['a signed upload of fewer bytes', ({ api }) => presignedPut(api, 'uploads/shop/signed.jpg', undefined, shorter)],
  ['a signed upload outside of uploads', ({ api }) => presignedPut(api, photos[0])],
  ['a signed URL for another key', ({ api }) => presignedGet(api, mask, (url) => url.replace('job_1', 'job_9'))],
  ['a signed URL of the worker for what it may not read', ({ worker }) => presignedGet(worker, mask)],
];

async function seed({ admin: storage }: Storages): Promise<void> {
  for (const key of [...photos, mask, colormap, 'results/shop/job_9/masks.json', manifest, elsewhere])
    await put(storage, key);
}

/** Only a refusal for want of permission counts: not a gateway that is gone, or a key that is missing. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, cause } = error as Error & { code?: string };
  if (code === 'input_denied' || code === 'output_denied' || error.message.startsWith('403 ')) return true;
  return cause instanceof Error && cause.name === 'AccessDenied';
}

async function check(storages: Storages): Promise<void> {
  const expected: readonly (readonly [boolean, readonly Check[]])[] = [
    [true, allowed],
    [false, refused],
  ];
  for (const [mayDo, checks] of expected)
    for (const [what, work] of checks) {
      const fault = await work(storages).then(
        () => undefined,
        (error: unknown) => error,
      );
      const isRight = mayDo ? fault === undefined : isRefusal(fault);
      const answer = fault === undefined ? 'done' : `refused (${fault instanceof Error ? fault.message : 'no error'})`;
      console.log(`${isRight ? 'ok   ' : 'WRONG'} ${what}: ${answer.replace(/\s+/g, ' ').slice(0, 110)}`);
      if (!isRight) process.exitCode = 1;
    }
}

const folder = await mkdtemp(join(tmpdir(), 'm2fp-s3-'));
const port = await freePort();
const endpoint = `http://127.0.0.1:${port}`;
const gateway = await startGateway(folder, port);
try {
  await setUpS3({ endpoint, adminEndpoint: endpoint, region, bucket }, admin, keys);
  const open = (credentials: AccessKey): ObjectStorage =>
    createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  const storages = {
    admin: open(admin),
    api: open(keys.api),
    worker: open(keys.worker),
    dispatcher: open(keys.dispatcher),
  };
  await seed(storages);
  await check(storages);
  for (const storage of Object.values(storages)) storage.close();
} finally {
  gateway.kill();
  await once(gateway, 'exit');
  await rm(folder, { recursive: true, force: true });
}
