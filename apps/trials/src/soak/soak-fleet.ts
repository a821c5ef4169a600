/** What a soak runs against: Redis, S3, an API, a dispatcher and a worker for each model, and who is who. */
import { join } from 'node:path';
import { modelName } from '@m2fp/contract';
import { stackCacheDir, startRedis, startS3 } from '@m2fp/dev-services';
import { createFleet, type Fleet, type Member } from '@m2fp/dev-services/fleet';
import { createS3Storage } from '@m2fp/storage';
import { Redis } from 'ioredis';
import { liveHeapArguments } from './live-heap.ts';
import { descendants, findByCommand, type ProcessSample, readProcesses, sampleOf } from './process-samples.ts';
import type { Stores } from './store-samples.ts';

export interface SoakFleetSettings {
  /** Names, or bundles' folders as absolute paths. */
  readonly models: readonly string[];
  /** How long jobs, results and uploads are kept, s. */
  readonly retentionS: number;
  /** For the figures that the applications write themselves. */
  readonly reportDir: string;
}

export interface SoakFleet {
  readonly apiUrl: string;
  /** As requests name them. */
  readonly modelNames: readonly string[];
  readonly stores: Stores;
  /** The applications' names, as in samples. */
  readonly applications: readonly string[];
  readonly failure: Promise<Error>;
  heapFile(application: string): string;
  sampleProcesses(): Promise<Record<string, ProcessSample>>;
  stop(): Promise<void>;
}

/** Keeps results for as long as jobs, so that all stores reach a steady state. */
const sweepMs = 15_000;
/** Ended jobs that are kept at most: however fast they end, Redis does not grow beyond it. */
const retainedJobs = 2_000;

/** Throws if S3_ENDPOINT names another S3. */
export async function startSoakFleet(settings: SoakFleetSettings): Promise<SoakFleet> {
  await using started = new AsyncDisposableStack();
  const redis = await startRedis({ isPrivate: true });
  started.defer(() => redis.stop());
  const s3 = await startS3();
  started.defer(() => s3.stop());
  if (!s3.embedded) throw new Error('A soak counts what is in its own S3: run it without S3_ENDPOINT.');
  const { models } = settings;
  const [model = 'portrait'] = models;
  const prefix = 'soak';
  const env = soakEnvironment(settings.retentionS);
  const fleet = createFleet({ redis, s3, model, cacheDir: await stackCacheDir(), queuePrefix: prefix, env });
  started.defer(() => fleet.stop());
  const members = await startMembers(fleet, models, settings.reportDir);
  const client = new Redis(redis.url);
  started.defer(() => void client.disconnect());
  const storage = createS3Storage({
    ...{ endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, forcePathStyle: true },
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey, sessionToken: undefined },
  });
  started.defer(() => storage.close());
  const stores: Stores = { redis: client, prefix, s3, storage };
  const services = await servicePids(client);
  const running = started.move();
  return {
    apiUrl: members.get('API')?.url ?? '',
    modelNames: models.map(modelName),
    stores,
    applications: [...members.keys()],
    failure: Promise.race([...members].map(([name, member]) => unexpectedEnd(name, member))),
    heapFile: (application) => heapFile(settings.reportDir, application),
    sampleProcesses: () => sampleProcesses(members, services),
    stop: () => running.disposeAsync(),
  };
}

function soakEnvironment(retentionS: number): NodeJS.ProcessEnv {
  return {
    JOB_RETENTION_S: String(retentionS),
    JOB_RETENTION_COUNT: String(retainedJobs),
    RESULT_RETENTION_S: String(retentionS),
    UPLOAD_RETENTION_S: String(retentionS),
    SWEEP_INTERVAL_MS: String(sweepMs),
  };
}

/** An API, a dispatcher, and a worker for each model, ready to serve. */
async function startMembers(fleet: Fleet, models: readonly string[], reportDir: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const start = async (name: string, application: Member['application'], env: NodeJS.ProcessEnv = {}) => {
    const nodeArguments = liveHeapArguments(heapFile(reportDir, name));
    members.set(name, await fleet.start(application, { env, nodeArguments }));
  };
  await start('API', 'api');
  await start('dispatcher', 'dispatcher');
  for (const model of models) {
    const application = /^stand-in-\d+$/.test(model) ? 'stand-in-worker' : 'worker';
    await start(models.length === 1 ? 'worker' : `worker ${modelName(model)}`, application, { MODEL: model });
  }
  for (const member of members.values()) await member.waitUntilReady();
  return members;
}

function heapFile(reportDir: string, application: string): string {
  return join(reportDir, `heap-${application.replaceAll(' ', '-')}.jsonl`);
}

interface ServicePids {
  readonly redis: number | undefined;
  readonly s3: number | undefined;
}

/** Of Redis in a container, the process is not one of ours, and not looked at. */
async function servicePids(redis: Redis): Promise<ServicePids> {
  const ours = descendants(await readProcesses(), process.pid);
  const told = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1] ?? 0);
  return {
    redis: ours.find(({ pid }) => pid === told)?.pid,
    s3: await findByCommand(ours, 's3-server-main'),
  };
}

async function sampleProcesses(
  members: ReadonlyMap<string, Member>,
  services: ServicePids,
): Promise<Record<string, ProcessSample>> {
  const all = await readProcesses();
  const only = (pid: number | undefined) => all.filter((each) => each.pid === pid);
  const samples: Record<string, ProcessSample> = {};
  const add = async (name: string, processes: ReturnType<typeof only>): Promise<void> => {
    const sample = await sampleOf(processes);
    if (sample !== undefined) samples[name] = sample;
  };
  for (const [name, { pid }] of members) {
    await add(name, only(pid));
    if (name.startsWith('worker')) await add(name.replace('worker', 'parser'), descendants(all, pid));
  }
  await add('Redis', only(services.redis));
  await add('S3', only(services.s3));
  return samples;
}

async function unexpectedEnd(name: string, { exited, recentOutput }: Member): Promise<Error> {
  const { code, signal } = await exited;
  return new Error(`The ${name} ended (${signal ?? `exit code ${code}`}). Its last output:\n${recentOutput()}`);
}
