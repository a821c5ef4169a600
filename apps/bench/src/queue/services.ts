/** The services of one series, and which process is which part of them. */
import { queueName } from '@m2fp/contract';
import { stackCacheDir, startProcess, startRedis, startS3 } from '@m2fp/dev-services';
import { createFleet, type Fleet } from '@m2fp/dev-services/fleet';
import { createS3Storage } from '@m2fp/storage';
import { Redis } from 'ioredis';
import { descendants, portsOf, type KnownProcesses, type Part } from './process-times.ts';

/** `embedded` is what development uses; `plain` does next to nothing, and counts what it is asked. */
export const s3Kinds = ['embedded', 'plain'] as const;
export type S3Kind = (typeof s3Kinds)[number];
type S3Service = Awaited<ReturnType<typeof startS3>>;

export interface ServicesSettings {
  readonly s3: S3Kind;
  readonly delayMs: number;
  readonly photo: Uint8Array;
  readonly concurrency: number;
  readonly parsers: number;
  readonly signal: AbortSignal;
}

export interface Services extends AsyncDisposable {
  readonly apiUrl: string;
  readonly redis: Redis;
  /** BullMQ's keys of the model's queue begin with this. */
  readonly queueKey: string;
  /** Of a photo in the bucket. */
  readonly key: string;
  readonly known: KnownProcesses;
  /** Requests by method so far; undefined if the S3 does not count. */
  readS3Counts(): Promise<Readonly<Record<string, number>> | undefined>;
  /** Starts workers until there are so many, all ready. */
  growTo(workers: number): Promise<void>;
}

const prefix = 'm2fp';
const key = 'inputs/photo.jpg';

export async function startServices(settings: ServicesSettings): Promise<Services> {
  const { delayMs, photo, signal } = settings;
  await using started = new AsyncDisposableStack();
  const redisService = await startRedis({ isPrivate: true });
  started.defer(() => redisService.stop());
  const s3 = settings.s3 === 'embedded' ? await startS3() : await startPlainS3();
  started.defer(() => s3.stop());
  const model = `stand-in-${delayMs}`;
  const fleet = createFleet({
    ...{ redis: redisService, s3, model, cacheDir: await stackCacheDir(), queuePrefix: prefix },
    // No create is refused because too many wait or the machine is slow; the figures are of processes that stay.
    env: { MAX_BACKLOG: '10000000', S3_TIMEOUT_MS: '60000', MAX_JOBS_PER_CHILD: '1000000', CHILD_REFRESH_MS: '0' },
  });
  started.defer(() => fleet.stop());
  const [api] = await Promise.all([fleet.start('api'), fleet.start('dispatcher')]);
  await Promise.all(fleet.members().map((member) => member.waitUntilReady(signal)));
  await storePhoto(s3, photo, signal);
  const redis = new Redis(redisService.url, { maxRetriesPerRequest: null });
  started.defer(() => redis.disconnect());
  const fixed = await serverPids(redisService.url, s3.endpoint);
  const kept = started.move();
  return {
    ...{ apiUrl: api.url, redis, key, queueKey: `${prefix}:${queueName(model)}` },
    get known() {
      return knownProcesses(fleet, fixed);
    },
    readS3Counts: async () => {
      if (settings.s3 !== 'plain') return undefined;
      return (await (await fetch(`${s3.endpoint}/counts`, { signal })).json()) as Record<string, number>;
    },
    growTo: (workers) => growTo(workers, fleet, settings),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function growTo(workers: number, fleet: Fleet, { concurrency, parsers, signal }: ServicesSettings) {
  const env = { CONCURRENCY: String(concurrency), PARSER_PROCESSES: String(parsers) };
  const missing = workers - fleet.members('stand-in-worker').length;
  const added = await Promise.all(Array.from({ length: missing }, () => fleet.start('stand-in-worker', { env })));
  for (const worker of added) await worker.waitUntilReady(signal);
}

async function startPlainS3(): Promise<S3Service> {
  const { promise: port, resolve, reject } = Promise.withResolvers<string>();
  const program = new URL('./plain-s3-main.ts', import.meta.url).pathname;
  const server = await startProcess(process.execPath, [program], {
    onLine: (line) => resolve(/^listening on (\d+)$/.exec(line)?.[1] ?? ''),
  });
  void server.exited.then(() => reject(new Error(`The plain S3 ended:\n${server.recentOutput()}`)));
  const access = { accessKeyId: 'plain', secretAccessKey: 'plain-secret', region: 'us-east-1', bucket: 'm2fp' };
  const endpoint = `http://127.0.0.1:${await port}`;
  return { ...access, endpoint, origin: 'plain', embedded: true, stop: () => server.stop(1_000) };
}

async function storePhoto(s3: S3Service, photo: Uint8Array, signal: AbortSignal): Promise<void> {
  const { endpoint, region, bucket, ...credentials } = s3;
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  await storage.put(key, photo, { contentType: 'image/jpeg', signal });
  storage.close();
}

type Pids = KnownProcesses['pids'];

/** Redis and S3 are found by the ports that they listen on. */
async function serverPids(redisUrl: string, s3Endpoint: string): Promise<Pids> {
  const owners = await portsOf(await descendants());
  const found = (part: Part & ('redis' | 's3'), url: string) => {
    const pid = owners.get(Number(new URL(url).port));
    return pid === undefined ? [] : [[pid, part] as const];
  };
  return new Map([...found('redis', redisUrl), ...found('s3', s3Endpoint), [process.pid, 'driver'] as const]);
}

function knownProcesses(fleet: Fleet, fixed: Pids): KnownProcesses {
  const pids = new Map(fixed);
  for (const { pid, application } of fleet.members()) {
    pids.set(pid, application === 'stand-in-worker' ? 'worker' : application);
  }
  return { pids };
}
