/** Redis servers as people run them: with a replica, Sentinels, in a cluster, behind TLS. All on loopback. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisProgram, startProcess } from '@m2fp/dev-services';
import { Redis, type RedisOptions } from 'ioredis';
import { onTestFinished } from 'vitest';
import { until } from '../worker/until.ts';

const host = '127.0.0.1';

/** How the test itself gets in. */
type Access = Pick<RedisOptions, 'username' | 'password' | 'tls'>;

export interface RedisProcess {
  readonly port: number;
  readonly pid: number;
  /** Where it would save. */
  readonly folder: string;
  /** Of a test that sets things up and looks. */
  readonly client: Redis;
  /** It is gone at once, and does not come back. */
  kill(): void;
}

/** Starts a server for the test that is running, and waits until it answers. */
export async function startRedisProcess(settings: readonly string[] = [], access: Access = {}): Promise<RedisProcess> {
  const port = await freePort();
  const plain = access.tls === undefined ? ['port', String(port)] : ['port', '0', 'tls-port', String(port)];
  const inMemory = ['save', '', 'appendonly', 'no', 'repl-diskless-sync-delay', '0', 'repl-ping-replica-period', '1'];
  return start(port, [...flags([...plain, ...inMemory]), ...settings], access);
}

/** `['save', '', 'port', '7000']` as the server's command line has it. */
export function flags(settings: readonly string[]): string[] {
  return settings.map((text, index) => (index % 2 === 0 ? `--${text}` : text));
}

/** Three Sentinels of a master, of which two have to agree. */
export async function startSentinels(
  master: RedisProcess,
  { name, password, masterPassword }: { name: string; password: string; masterPassword: string },
): Promise<RedisProcess[]> {
  const startOne = async (): Promise<RedisProcess> => {
    const port = await freePort();
    const folder = await temporaryFolder();
    const lines = [
      `port ${port}`,
      `requirepass ${password}`,
      `sentinel sentinel-pass ${password}`,
      `sentinel monitor ${name} ${host} ${master.port} 2`,
      `sentinel auth-pass ${name} ${masterPassword}`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 2000`,
    ];
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, `${lines.join('\n')}\n`);
    return start(port, [file, '--sentinel'], { password });
  };
  const sentinels = await Promise.all([startOne(), startOne(), startOne()]);
  // None can lead before it knows the others and the replica.
  const isInformed = async ({ client }: RedisProcess): Promise<boolean> => {
    const fields = (await client.call('SENTINEL', 'MASTER', name)) as Record<string, string> | string[];
    const get = (field: string): string | undefined =>
      Array.isArray(fields) ? fields[fields.indexOf(field) + 1] : fields[field];
    return get('num-other-sentinels') === '2' && get('num-slaves') === '1';
  };
  for (const sentinel of sentinels) await until(() => isInformed(sentinel));
  return sentinels;
}

/** Masters that share the slots, and one replica of each. */
export async function startCluster(size: number): Promise<{ masters: RedisProcess[]; replicas: RedisProcess[] }> {
  const settings = flags([
    'cluster-enabled',
    'yes',
    'cluster-node-timeout',
    '1000',
    'cluster-allow-replica-migration',
    'no',
  ]);
  const nodes = await Promise.all(Array.from({ length: 2 * size }, () => startRedisProcess(settings)));
  const [masters, replicas] = [nodes.slice(0, size), nodes.slice(size)];
  const share = Math.ceil(16_384 / size);
  for (const [place, { client }] of masters.entries()) {
    const end = Math.min(16_384, (place + 1) * share);
    await client.cluster('ADDSLOTS', ...Array.from({ length: end - place * share }, (_, slot) => place * share + slot));
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(place + 1));
  }
  for (const { port } of nodes.slice(1)) await nodes[0]?.client.cluster('MEET', host, port);
  const knowsAll = async ({ client }: RedisProcess): Promise<boolean> =>
    String(await client.cluster('NODES'))
      .trim()
      .split('\n').length === nodes.length;
  for (const node of nodes) await until(() => knowsAll(node));
  for (const [place, { client }] of replicas.entries()) {
    const id = await masters[place]?.client.cluster('MYID');
    await client.cluster('REPLICATE', String(id));
  }
  for (const { client } of replicas) await until(async () => isInStep(client));
  for (const { client } of nodes) {
    await until(async () => String(await client.cluster('INFO')).includes('cluster_state:ok'));
  }
  return { masters, replicas };
}

/** Whether a replica has all that its master has. */
export async function isInStep(replica: Redis): Promise<boolean> {
  return (await replica.info('replication')).includes('master_link_status:up');
}

async function start(port: number, args: readonly string[], access: Access): Promise<RedisProcess> {
  const { command, libraryPath } = await findRedisProgram();
  const folder = await temporaryFolder();
  const env = libraryPath === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
  const server = await startProcess(command, [...args, '--bind', host, '--dir', folder], { cwd: folder, env });
  onTestFinished(() => server.stop(1_000));
  let ended = false;
  void server.exited.then(() => (ended = true));
  const client = new Redis({ host, port, retryStrategy: () => 50, ...access });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await until(() => {
    if (ended) throw new Error(`Redis did not start:\n${server.recentOutput()}`);
    return client.status === 'ready';
  });
  return { port, pid: server.pid, folder, client, kill: () => void process.kill(server.pid, 'SIGKILL') };
}

/** One that somebody else may take before Redis does, which is rare. In a cluster, it also takes the port + 10,000. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    if (port <= 55_535) return port;
  }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-redis-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
