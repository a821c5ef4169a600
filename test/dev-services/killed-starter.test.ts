/** What a process started ends with it, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

const starter = fileURLToPath(new URL('./starter.ts', import.meta.url));

interface Started {
  redisUrl: string;
  s3Endpoint: string;
}

/** Starts both services in another process that uses `folder` for its temporary files. */
async function startElsewhere(
  folder: string,
): Promise<{ started: Started; kill: (signal: NodeJS.Signals) => unknown }> {
  const env = { ...process.env, TMPDIR: folder, REDIS_URL: '', S3_ENDPOINT: '' };
  const child = spawn(process.execPath, [starter], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { started: JSON.parse(line) as Started, kill: (signal) => child.kill(signal) };
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('%s to their starter ends Redis and S3', async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-starter-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { started, kill } = await startElsewhere(folder);
  expect([await answers(started.redisUrl), await answers(started.s3Endpoint)]).toEqual([true, true]);
  kill(signal);
  await vi.waitFor(
    async () => {
      expect([await answers(started.redisUrl), await answers(started.s3Endpoint)]).toEqual([false, false]);
      // testcontainers keeps its own lock file.
      expect((await readdir(folder)).filter((name) => name.startsWith('m2fp-'))).toEqual([]);
    },
    { timeout: 15_000, interval: 100 },
  );
});
