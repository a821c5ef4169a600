import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../testing/is-alive.ts';
import { afterEach, describe, expect, it } from 'vitest';

const ownerMain = resolve(import.meta.dirname, '../../../../test/support/worker/pool-owner.ts');

let owner: ChildProcess | undefined;
let parserPid: number | undefined;
afterEach(() => {
  owner?.kill('SIGKILL');
  if (parserPid !== undefined && isAlive(parserPid)) process.kill(parserPid, 'SIGKILL');
});

describe('a parser process', () => {
  it.each([
    ['waits for a photo', 'ok'],
    ['is busy in native code', 'hang'],
  ])('ends with its worker that was killed, while it %s', async (_what, script) => {
    owner = spawn(process.execPath, [ownerMain, script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    parserPid = Number(line.toString());
    expect(isAlive(parserPid)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    // The test's own time-out is the limit.
    while (isAlive(parserPid)) await sleep(20);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves a %s to its worker', async (signal) => {
    owner = spawn(process.execPath, [ownerMain, 'sleep 600000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    parserPid = Number(line.toString());
    process.kill(parserPid, signal);
    await sleep(200);
    expect(isAlive(parserPid)).toBe(true);
  });
});
