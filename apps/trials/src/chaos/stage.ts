/** Everything that a run needs, started and ready: the service in several processes, and what it depends on. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeM2fp } from '@m2fp/compiler/m2fp';
import { modelName, redisKeys } from '@m2fp/contract';
import { stackCacheDir, startS3 } from '@m2fp/dev-services';
import { type DurableRedis, type FaultyS3, startDurableRedis, startFaultyS3 } from '@m2fp/dev-services/faults';
import { createFleet } from '@m2fp/dev-services/fleet';
import { ApiKeys, defaultScopes, operatorOwner, type Scope } from '@m2fp/queue/access';
import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import { Redis } from 'ioredis';
import { referenceOwner } from './checks/bucket.ts';
import { makePhotos, type Photo, storeInputs } from './photos.ts';
import { type Mishap, Replica } from './replica.ts';
import { type Role, roles } from './schedule.ts';
import { type Owner, Service } from './service.ts';

export interface StageSettings {
  /** A bundle's folder or a model's name; undefined: a tiny network of random numbers. */
  readonly model: string | undefined;
  readonly photos: number;
  readonly replicas: Readonly<Record<Role, number>>;
  readonly lockMs: number;
  readonly logDir: string;
  readonly signal: AbortSignal;
  readonly onStep: (line: string) => void;
}

export interface Stage {
  readonly replicas: Readonly<Record<Role, readonly Replica[]>>;
  readonly service: Service;
  readonly redis: DurableRedis;
  /** In front of S3, for the service. */
  readonly s3: FaultyS3;
  /** Straight to S3, for us. */
  readonly storage: ObjectStorage;
  readonly bucketUrl: string;
  /** Straight to Redis, for us. */
  readonly connection: Redis;
  readonly prefix: string;
  readonly model: string;
  readonly photos: readonly Photo[];
  readonly owners: readonly Owner[];
  /** Of the undisturbed run. */
  readonly reference: Owner;
  readonly operatorKey: string;
  /** What processes did by themselves. */
  readonly mishaps: readonly Mishap[];
  /** All of them are ready. Throws if one is not within a minute. */
  ready(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ownerNames = ['alpha', 'beta', 'gamma'] as const;
const bucket = 'chaos';

/** Nothing is left running if it throws. */
export async function setUpStage(settings: StageSettings): Promise<Stage> {
  const started = new AsyncDisposableStack();
  try {
    return await setUp(settings, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function setUp(settings: StageSettings, started: AsyncDisposableStack): Promise<Stage> {
  const { signal, onStep } = settings;
  const model = settings.model ?? (await makeModel(started));
  onStep('starting Redis (append-only file) and S3');
  const redis = await startDurableRedis(onStep);
  started.defer(() => redis.stop());
  const realS3 = await startS3({ bucket });
  started.defer(() => realS3.stop());
  const s3 = await startFaultyS3(realS3.endpoint);
  started.defer(() => s3.close());
  const { endpoint, region, accessKeyId, secretAccessKey } = realS3;
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  started.defer(() => storage.close());
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 200 });
  connection.on('error', () => undefined);
  started.defer(() => connection.disconnect());

  const prefix = `chaos-${randomBytes(4).toString('hex')}`;
  const keys = new ApiKeys(connection, redisKeys(prefix), 'chaos');
  const makeKey = async (owner: string, scopes: readonly Scope[]): Promise<string> => {
    const grant = { name: owner, owner, scopes: [...scopes], input_prefixes: null, output_prefixes: null };
    return (await keys.create({ ...grant, shares: {}, expires_at: null })).key;
  };
  const mishaps: Mishap[] = [];
  const fleetSettings = { redis: { url: redis.url, embedded: true }, s3: realS3, model, queuePrefix: prefix };
  const fleet = createFleet({ ...fleetSettings, cacheDir: await stackCacheDir(), env: paces(settings.lockMs) });
  started.defer(() => fleet.stop(2_000));
  const replicas = await startReplicas(settings, {
    ...{ fleet, redisPort: redis.port, s3Port: Number(new URL(s3.endpoint).port), logDir: settings.logDir },
    onMishap: (mishap) => {
      mishaps.push(mishap);
      onStep(`${mishap.who} ${mishap.what.split('\n')[0]}`);
    },
  });
  const all = Object.values(replicas).flat();
  started.defer(async () => void (await Promise.all(all.map((replica) => replica.stop()))));
  const ready = async (): Promise<void> => void (await Promise.all(all.map((replica) => replica.ready(signal))));
  onStep(`starting ${all.map(({ name }) => name).join(', ')}`);
  await ready();

  const service = new Service(replicas.api);
  const photos = await makePhotos(settings.photos);
  const owners: Owner[] = [];
  for (const name of [...ownerNames, referenceOwner]) {
    await storeInputs(name, photos, storage, signal);
    owners.push(service.owner(name, await makeKey(name, defaultScopes)));
  }
  const reference = owners.pop() as Owner;
  return {
    ...{ replicas, service, redis, s3, storage, connection, prefix, photos, owners, reference, mishaps, ready },
    ...{ bucketUrl: `${realS3.endpoint}/${bucket}`, model: modelName(model) },
    operatorKey: await makeKey(operatorOwner, ['metrics']),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function makeModel(started: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-chaos-model-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  // Parser processes read it as another user, where a worker may change users.
  await chmod(folder, 0o755);
  const bundle = join(folder, 'tiny');
  await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 1 }, bundle);
  return bundle;
}

/** What takes hours in a service takes seconds here; times that depend on a lock are as long as the lock makes them. */
function paces(lockMs: number): NodeJS.ProcessEnv {
  const often = `${Math.min(15_000, Math.round(lockMs / 2))}`;
  return {
    LOG_LEVEL: 'info',
    THREADS: '1',
    LOCK_DURATION_MS: `${lockMs}`,
    STALLED_INTERVAL_MS: often,
    RECONCILE_INTERVAL_MS: often,
    SWEEP_INTERVAL_MS: '2000',
    WEBHOOK_SCHEDULE_S: '0,1,1,2,2,4,4,8,8,15,15,15',
    WEBHOOK_TIMEOUT_MS: '5000',
  };
}

type ReplicaParts = Omit<Parameters<typeof Replica.start>[0], 'role' | 'number'>;

async function startReplicas({ replicas }: StageSettings, parts: ReplicaParts): Promise<Record<Role, Replica[]>> {
  const started: Record<Role, Replica[]> = { api: [], worker: [], dispatcher: [] };
  for (const role of roles) {
    for (let number = 0; number < replicas[role]; number++) {
      started[role].push(await Replica.start({ ...parts, role, number }));
    }
  }
  return started;
}
