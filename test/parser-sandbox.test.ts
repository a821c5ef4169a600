import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseOptionsSchema } from '@m2fp/contract';
import { ConfigError } from '@m2fp/service/settings';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { type Launcher, ParserProcess } from '@m2fp/core/process';
import { createSandbox, type Sandbox } from '../apps/worker/src/sandbox/sandbox.ts';
import type { Layer } from '../apps/worker/src/sandbox/wrappers.ts';
import { systemEnvironment } from './support/system-environment.ts';
import type { PryingPlan, PryingReport } from './support/worker/prying-parser.ts';

const root = resolve(import.meta.dirname, '..');
const support = join(root, 'test/support/worker');
const moduleUrl = new URL('./support/worker/prying-parser.ts', import.meta.url).href;
const environment = { PATH: systemEnvironment()['PATH'] };
const confined = { moduleUrl, reads: [support], modelPath: undefined, environment };
const ids = { uid: 59_999, gid: 59_999 };
const secret = 'PLANTED_SECRET=swordfish';

let folder: string;
let bystander: ChildProcess;
let plan: PryingPlan;
let sandbox: Sandbox;
const ends: (() => unknown)[] = [];
/** What reached a server. */
const received: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'm2fp-sandbox-'));
  // Others may pass through it, not into what is private in it.
  await chmod(folder, 0o755);
  ends.push(() => rm(folder, { recursive: true }));
  bystander = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { env: { PLANTED: secret } });
  ends.push(() => bystander.kill('SIGKILL'));
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o700 });
  const files = [join(folder, 'key'), join(folder, '.env'), join(home, 'readable'), '/etc/passwd'];
  for (const file of files.slice(0, 2)) await writeFile(file, secret, { mode: 0o600 });
  await writeFile(join(home, 'readable'), secret);
  const image = join(folder, 'private.png');
  await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).toFile(image);
  await chmod(image, 0o600);
  const socket = join(folder, 'socket');
  const abstractSocket = `m2fp-${randomUUID()}`;
  const { port } = (await listen({ host: '127.0.0.1', port: 0 })) as AddressInfo;
  await listen({ path: socket });
  await listen({ path: `\0${abstractSocket}` });
  const dns = createSocket('udp4', () => received.push('a question about a name'));
  dns.bind(0, '127.0.0.1');
  await once(dns, 'listening');
  ends.push(() => dns.close());
  const folders = [folder, home, tmpdir(), root];
  plan = {
    ...{ pid: bystander.pid ?? 0, port, socket, abstractSocket },
    ...{ dnsPort: dns.address().port, files, image, folders },
  };
  sandbox = await createSandbox({ mode: 'auto', ...ids }, confined);
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

async function listen(where: { host: string; port: number } | { path: string }) {
  const server = createServer(() => received.push(`a connection to ${JSON.stringify(where)}`));
  server.listen(where);
  await once(server, 'listening');
  ends.push(() => server.close());
  return server.address();
}

async function pry(launcher: Launcher): Promise<PryingReport> {
  const output: string[] = [];
  const parser = new ParserProcess({ moduleUrl, environment, launcher, onOutput: (_pid, line) => output.push(line) });
  try {
    const deadline = { timeoutMs: 30_000, signal: new AbortController().signal };
    await parser.load({ bundle: 'none', threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined }, deadline);
    const bytes = new TextEncoder().encode(JSON.stringify(plan));
    const { files } = await parser.parse({ bytes }, parseOptionsSchema.parse({}), deadline);
    expect(output).toEqual([]);
    return JSON.parse(new TextDecoder().decode(files[0]?.bytes)) as PryingReport;
  } finally {
    await parser.kill();
  }
}

/** Skips, and says why, unless the system gives one of these layers. */
function needs(context: TestContext, ...wanted: Layer[]): void {
  if (wanted.some((layer) => sandbox.layers.has(layer))) return;
  context.skip(`This system gives none of ${wanted.join(', ')}: ${sandbox.missing}`);
}

/** The attempts of a report whose names match, which have to have been made. */
function matching(report: PryingReport, pattern: RegExp): [string, string][] {
  const found = Object.entries(report).filter(([name]) => pattern.test(name));
  expect(found.length).toBeGreaterThan(0);
  return found;
}

const refused = 'the system or Node refuses';
const outcomes = (found: [string, string][]) =>
  Object.fromEntries(found.map(([name, outcome]) => [name, outcome === 'SUCCEEDED' ? outcome : refused]));
const allRefused = (found: [string, string][]) => Object.fromEntries(found.map(([name]) => [name, refused]));

/** What is tried, and the layers of which any one closes it to native code. */
const walls: readonly [string, RegExp, readonly Layer[]][] = [
  // In a user namespace, too, which is how others than root get a network of their own.
  ['look into another process', /(?:environ|mem|fd|cwd)$/, ['user', 'files', 'network']],
  ['open a TCP connection', /TCP/, ['network', 'sockets']],
  ['connect to a Unix socket', /a Unix socket/, ['user', 'sockets']],
  ['connect to an abstract Unix socket', /abstract/, ['network', 'sockets']],
  ['resolve a name', /a name/, ['network', 'sockets']],
  ['read what is private', /reading .*(?:key|\.env|home\/readable)$|image/, ['user', 'files']],
  ['read what everyone may read', /passwd/, ['files']],
  ['write to the folders of the worker’s user', /writing to .*(?:sandbox-\w+|home)\b/, ['user', 'files']],
  ['write to the folder for temporary files', new RegExp(`writing to ${tmpdir()}(?: |$)`), ['files']],
  ['start another program', /program/, ['files']],
];

describe('a parser process that was taken over', () => {
  let report: PryingReport | undefined;
  let byNativeCode: PryingReport | undefined;
  const ofJavaScript = async () => (report ??= await pry(sandbox.launcher()));
  /** Without Node's permissions, whose calls are those that native code makes: only the system is left to refuse. */
  const ofNativeCode = async () => {
    const { execArgv, ...launcher } = sandbox.launcher();
    const withoutNode = execArgv.filter((argument) => !/^--(?:permission|allow-)/.test(argument));
    return (byNativeCode ??= await pry({ ...launcher, execArgv: withoutNode }));
  };

  test('can do all of it without a sandbox: the attempts are real', async (context) => {
    if (process.platform !== 'linux') context.skip('Only Linux has /proc.');
    const none = await createSandbox({ mode: 'off', ...ids }, confined);
    const withoutSandbox = await pry(none.launcher());
    // Nobody answers the question about a name, which is received below.
    const failed = Object.entries(withoutSandbox).filter(
      ([name, outcome]) => outcome !== 'SUCCEEDED' && name !== 'a name',
    );
    expect(failed).toEqual([]);
    expect(received).toHaveLength(4);
    received.splice(0);
    for (const place of plan.folders) {
      for (const name of ['pried', 'pried.png']) await rm(join(place, name));
    }
  });

  test('gets nowhere with Node’s own functions for files and programs', async () => {
    const found = matching(
      await ofJavaScript(),
      /^(?:reading (?!an image)|writing (?!.*libvips)|another program|the worker)/,
    );
    expect(outcomes(found)).toEqual(allRefused(found));
  });

  for (const [what, pattern, anyOf] of walls) {
    test(`cannot ${what}, by native code either`, async (context) => {
      needs(context, ...anyOf);
      const found = matching(await ofNativeCode(), pattern);
      expect(outcomes(found)).toEqual(allRefused(found));
    });
  }

  test('reaches no server', (context) => {
    needs(context, 'sockets', 'user');
    needs(context, 'sockets', 'network');
    expect(received).toEqual([]);
  });
});

describe('a sandbox', () => {
  test('that is strict is a reason not to start where parsers would share the worker’s user', async (context) => {
    if (sandbox.layers.has('user')) context.skip('This system gives parsers another user.');
    const strict = createSandbox({ mode: 'strict', ...ids }, confined);
    await expect(strict).rejects.toThrow(ConfigError);
    await expect(strict).rejects.toThrow(/PARSER_SANDBOX is strict.*\n {2}another user: \S/);
  });

  test('does without another user if that one cannot read the model, and says so', async (context) => {
    needs(context, 'user');
    const hidden = { ...confined, modelPath: join(folder, 'home', 'model') };
    const { layers, missing } = await createSandbox({ mode: 'auto', ...ids }, hidden);
    expect([...layers]).toEqual([...sandbox.layers].filter((layer) => layer !== 'user'));
    expect(missing).toMatch(/another user \(.*home/);
    await expect(createSandbox({ mode: 'strict', ...ids }, hidden)).rejects.toThrow(ConfigError);
  });

  test('does without what does not work, and says so', async () => {
    const broken = { ...confined, environment: { ...environment, PATH: await uselessPrograms() } };
    const { layers, missing } = await createSandbox({ mode: 'auto', ...ids }, broken);
    expect([...layers]).toEqual(['permissions']);
    if (process.platform === 'linux') expect(missing).toMatch(/no way to gain any \(/);
  });
});

/** A folder with programs that fail. */
async function uselessPrograms(): Promise<string> {
  const programs = join(folder, 'programs');
  await mkdir(programs);
  for (const name of ['setpriv', 'unshare']) {
    await writeFile(join(programs, name), '#!/bin/sh\necho "$0: not here" >&2\nexit 1\n', { mode: 0o755 });
  }
  return programs;
}
