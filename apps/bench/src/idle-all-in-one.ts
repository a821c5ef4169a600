/** What the image with the whole service takes: its processes, started here as there, from bundles. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { toMb } from '@m2fp/bench';
import { samplePhotos, startProcess } from '@m2fp/dev-services';
import { startArguments } from '@m2fp/dev-services/stack';
import getPort from 'get-port';
import sharp from 'sharp';
import { readMemoryShare, readProcesses, type ProcessMemory, withDescendants } from './memory.ts';

export interface AllInOneReport {
  readonly model: string;
  readonly processes: readonly { readonly name: string; readonly rssMb: number; readonly pssMb: number }[];
  /** From the start to the first photo's result, s. */
  readonly firstResultS: number;
}

export interface AllInOneSettings {
  /** The bundle's folder. */
  readonly model: string;
  /** After the photo. */
  readonly settleS: number;
  readonly signal: AbortSignal;
}

const program = fileURLToPath(new URL('../../all-in-one/src/main.ts', import.meta.url));
const readyMs = 90_000;

/** Needs `redis-server` and `versitygw`, as the image has them. Nothing is left running. */
export async function measureAllInOne({ model, settleS, signal }: AllInOneSettings): Promise<AllInOneReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'm2fp-all-in-one-'));
  const port = await getPort({ host: '127.0.0.1' });
  const origin = `http://127.0.0.1:${port}`;
  // eslint-disable-next-line no-restricted-properties -- All of it goes on to the service, which reads it.
  const env = { ...process.env, MODEL: model, DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: `${port}` };
  const startedAt = performance.now();
  try {
    const running = await startProcess(process.execPath, startArguments([], program), {
      env: { ...env, PUBLIC_URL: origin },
    });
    try {
      const ended = running.exited.then(() => Promise.reject(new Error(running.recentOutput())));
      ended.catch(() => undefined);
      await Promise.race([ended, parseOne(origin, signal)]);
      const firstResultS = Math.round((performance.now() - startedAt) / 100) / 10;
      await sleep(settleS * 1_000, undefined, { signal });
      return { model, processes: await readTree(running.pid), firstResultS };
    } finally {
      await running.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A photo of 960 x 540, as soon as it is taken. */
async function parseOne(origin: string, signal: AbortSignal): Promise<void> {
  const [sample] = samplePhotos();
  const body = new Uint8Array(await sharp(sample?.path).resize(960, 540).jpeg({ quality: 90 }).toBuffer());
  const late = AbortSignal.any([signal, AbortSignal.timeout(readyMs)]);
  const headers = { 'content-type': 'image/jpeg' };
  for (;;) {
    const answer = await fetch(`${origin}/parse`, { method: 'POST', headers, body, signal: late }).catch(
      () => undefined,
    );
    const text = await answer?.text();
    if (answer?.ok === true) return;
    if (answer !== undefined && answer.status !== 503) throw new Error(`POST /parse: ${answer.status} ${text}`);
    await sleep(100, undefined, { signal: late });
  }
}

async function readTree(pid: number): Promise<AllInOneReport['processes']> {
  const tree = withDescendants(await readProcesses(), pid);
  const names = await namesOf(tree, pid);
  return Promise.all(
    tree.map(async (one) => {
      const { rssBytes, pssBytes } = await readMemoryShare(one.pid);
      return { name: names.get(one.pid) ?? 'other', rssMb: toMb(rssBytes), pssMb: toMb(pssBytes) };
    }),
  );
}

/** Redis and the S3 server have programs of their own; the rest is Node, in the order in which it was started. */
async function namesOf(tree: readonly ProcessMemory[], front: number): Promise<ReadonlyMap<number, string>> {
  const names = new Map([[front, 'front']]);
  const left = ['api', 'worker', 'dispatcher'];
  for (const { pid, parentPid } of tree.filter(({ pid }) => pid !== front).sort((a, b) => a.pid - b.pid)) {
    const comm = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const isOwn = comm === 'redis-server' || comm === 'versitygw';
    names.set(pid, isOwn ? comm : parentPid === front ? (left.shift() ?? comm) : 'parser');
  }
  return names;
}

export function allInOneText({ model, processes, firstResultS }: AllInOneReport): string {
  const sum = (of: 'rssMb' | 'pssMb'): number => processes.reduce((total, process) => total + process[of], 0);
  const line = (name: string, rssMb: number, pssMb: number): string =>
    `${name.padEnd(14)} ${`${pssMb}`.padStart(4)} MB, ${`${rssMb}`.padStart(4)} MB resident`;
  return [
    `all in one, model ${model}; first result after ${firstResultS} s`,
    ...processes.map(({ name, rssMb, pssMb }) => line(name, rssMb, pssMb)),
    line('together', sum('rssMb'), sum('pssMb')),
  ].join('\n');
}
