import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { startProcess, type ManagedProcess } from '../process/managed-process.ts';
import { watchOver } from '../reaper/reaper.ts';
import { waitForRedis } from './ping.ts';
import { queueSafeArguments } from './server-arguments.ts';

export interface RedisProgram {
  readonly command: string;
  /** Folders of shared libraries that the system does not have. */
  readonly libraryPath?: string;
}

const host = '127.0.0.1';
const readyMs = 15_000;
/** A free port may be taken by someone else before Redis has it. */
const portTries = 3;

/** Runs `program` on a free loopback port, with a temporary folder as its only place on disk. */
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
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-redis-'));
  const watch = watchOver({ kind: 'folder', path: folder });
  const removeFolder = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    watch.forget();
  };
  let server: ManagedProcess | undefined;
  try {
    server = await startProcess(program.command, serverArguments(port, folder), {
      cwd: folder,
      env: environmentOf(program),
    });
    const { exited, recentOutput } = server;
    const ended = exited.then(() => new Error(`${program.command} ended at once:\n${recentOutput()}`));
    await waitForRedis(host, port, readyMs, ended);
  } catch (error) {
    await server?.stop();
    await removeFolder();
    throw error;
  }
  const running = server;
  return {
    url: `redis://${host}:${port}`,
    stop: async () => {
      await running.stop(2_000);
      await removeFolder();
    },
  };
}

function serverArguments(port: number, folder: string): string[] {
  return ['--port', String(port), '--bind', host, '--dir', folder, '--daemonize', 'no', ...queueSafeArguments];
}

function environmentOf(program: RedisProgram): NodeJS.ProcessEnv {
  if (program.libraryPath === undefined) return process.env;
  return { ...process.env, LD_LIBRARY_PATH: program.libraryPath };
}
