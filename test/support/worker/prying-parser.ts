/**
 * A parser module for tests: what somebody would try who has taken over a parser process. The photo is JSON, a
 * `PryingPlan`; the only result is a `PryingReport`, as the JSON of `masks.json`.
 */
import { execFileSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ParserModule } from '@m2fp/core/process';

export interface PryingPlan {
  /** A process of the worker's user, beside the worker itself. */
  readonly pid: number;
  readonly port: number;
  readonly socket: string;
  readonly abstractSocket: string;
  /** Of UDP, where a name server would answer. */
  readonly dnsPort: number;
  /** Text files that are nobody else's business. */
  readonly files: readonly string[];
  /** An image that is nobody else's business. */
  readonly image: string;
  /** Folders that the worker's user may write to. */
  readonly folders: readonly string[];
}

/** What was tried, and why it failed; `SUCCEEDED` if it did not. */
export type PryingReport = Readonly<Record<string, string>>;

export const createParser: ParserModule['createParser'] = async () => ({
  parse: async ({ bytes: photo }) => {
    const plan = JSON.parse(new TextDecoder().decode(photo)) as PryingPlan;
    const report: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(attempts(plan))) report[name] = await outcomeOf(attempt);
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    return {
      summary: {
        model: { name: 'prying', kind: 'scripted', version: '1', synthetic: true },
        ...{ image: { width: 1, height: 1 }, scale: 1, people: 0, labels: [] },
      },
      files: [{ output: 'masks', name: 'masks.json', contentType: 'application/json', bytes }],
      timings: { network: 1 },
    };
  },
});

function attempts(plan: PryingPlan): Record<string, () => unknown> {
  const ofProcess = (pid: number): Record<string, () => unknown> => ({
    environ: () => readFileSync(`/proc/${pid}/environ`),
    mem: () => readMemory(pid),
    fd: () => readlinkSync(`/proc/${pid}/fd/1`),
    cwd: () => readdirSync(`/proc/${pid}/cwd/`),
  });
  const named = (prefix: string, tried: Record<string, () => unknown>) =>
    Object.entries(tried).map(([name, attempt]) => [`${prefix} ${name}`, attempt] as const);
  return Object.fromEntries([
    ...named('the worker’s', ofProcess(process.ppid)),
    ...named('another process’s', ofProcess(plan.pid)),
    ['a TCP connection', () => open({ host: '127.0.0.1', port: plan.port })],
    ['a Unix socket', () => open({ path: plan.socket })],
    ['an abstract Unix socket', () => open({ path: `\0${plan.abstractSocket}` })],
    ['a name', () => resolveName(plan.dnsPort)],
    ...plan.files.map((file) => [`reading ${file}`, () => readFileSync(file)] as const),
    ['reading an image by libvips', () => sharp(plan.image).metadata()],
    ...plan.folders.map((folder) => [`writing to ${folder}`, () => writeFileSync(join(folder, 'pried'), 'x')] as const),
    ...plan.folders.map((folder) => [`writing to ${folder} by libvips`, () => writeImage(folder)] as const),
    ['another program', () => execFileSync('/bin/sh', ['-c', 'exit 0'], { stdio: 'ignore' })],
  ]);
}

async function outcomeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'SUCCEEDED';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message.slice(0, 200);
  }
}

/** Where things are in its memory, which the system shows to those who may read it. */
function readMemory(pid: number): void {
  const [line = ''] = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  if (line === '') throw new Error('nothing is mapped');
}

async function open(where: NetConnectOpts): Promise<void> {
  const socket = connect(where);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5_000) });
  } finally {
    socket.destroy();
  }
}

async function resolveName(port: number): Promise<void> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await resolver.resolve4('example.org');
}

/** Native code opens the file: Node does not see it. */
async function writeImage(folder: string): Promise<void> {
  const black = sharp({ create: { width: 1, height: 1, channels: 3, background: 'black' } });
  await black.png().toFile(join(folder, 'pried.png'));
}
