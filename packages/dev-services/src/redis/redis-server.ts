import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { startProcess, type ManagedProcess } from '../processes/managed-process.ts';
import { watchOver } from '../processes/reaper.ts';

export interface RedisProgram {
  readonly command: string;
  /** Folders with shared libraries that the system lacks. */
  readonly libraryPath?: string;
}

const host = '127.0.0.1';
const readyMs = 15_000;
/** Someone else may take a free port before Redis does. */
const portTries = 3;

/**
 * How an embedded Redis runs: it keeps nothing on disk, never evicts BullMQ's data, and packs jobs as docs/scale.md
 * advises. Everything is on the command line, so that no configuration file of the machine has a say.
 */
export const queueSafeArguments: readonly string[] = [
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
  '--appendonly',
  'no',
  '--hash-max-listpack-value',
  '1024',
  '--zset-max-listpack-entries',
  '1024',
];

/** Runs `program` on a free loopback port; on disk it has only a temporary folder. */
export async function runRedis(program: RedisProgram): Promise<{ url: string; stop(): Promise<void> }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(program, await getPort({ host }));
    } catch (error) {
      if (attempt >= portTries || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function runOnce(program: RedisProgram, port: number): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await temporaryFolder();
  try {
    const running = await launchRedis(program, { port, folder: folder.path, settings: queueSafeArguments });
    return {
      url: `redis://${host}:${port}`,
      stop: async () => {
        await running.stop(2_000);
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** A folder for a server's files, which does not outlive this process. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'm2fp-redis-'));
  const watch = watchOver({ kind: 'folder', path });
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    watch.forget();
  };
  return { path, remove };
}

export interface RedisPlace {
  readonly port: number;
  readonly folder: string;
  /** Command-line arguments. */
  readonly settings: readonly string[];
}

/** Starts it and waits until it answers. Throws if it does not, and leaves nothing running. */
export async function launchRedis(
  program: RedisProgram,
  { port, folder, settings }: RedisPlace,
): Promise<ManagedProcess> {
  const places = ['--port', String(port), '--bind', host, '--dir', folder, '--daemonize', 'no'];
  const server = await startProcess(program.command, [...places, ...settings], {
    cwd: folder,
    env: environmentOf(program),
  });
  try {
    const { exited, recentOutput } = server;
    const ended = exited.then(() => new Error(`${program.command} exited right after it started:\n${recentOutput()}`));
    await waitForRedis(host, port, readyMs, ended);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function environmentOf(program: RedisProgram): NodeJS.ProcessEnv {
  if (program.libraryPath === undefined) return process.env;
  return { ...process.env, LD_LIBRARY_PATH: program.libraryPath };
}

/** Waits until Redis answers. Throws after `deadlineMs`, or with what `failure` resolves to, if that comes first. */
export async function waitForRedis(
  host: string,
  port: number,
  deadlineMs: number,
  failure: Promise<Error> = new Promise(() => undefined),
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  let failed: Error | undefined;
  void failure.then((error) => (failed = error));
  while (!(await answersPing(host, port))) {
    if (failed) throw failed;
    if (Date.now() > deadline) throw new Error(`Redis did not answer on ${host}:${port} within ${deadlineMs} ms.`);
    await sleep(25);
  }
}

/** Whether a Redis without a password answers PING there. */
function answersPing(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('+PONG')));
  });
}

/** Whether something accepts connections there, whatever it speaks. */
export function acceptsConnections(address: NetConnectOpts, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
