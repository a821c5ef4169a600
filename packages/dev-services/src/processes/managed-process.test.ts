import { expect, test } from 'vitest';
import { startProcess } from './managed-process.ts';
import { isGroupAlive } from './process-group.ts';

test('stopping a process ends its descendants too', async () => {
  const lines: string[] = [];
  let announced: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (announced = resolve));
  const shell = await startProcess('/bin/sh', ['-c', 'sleep 600 & sleep 601 & echo started; wait'], {
    onLine: (line) => {
      lines.push(line);
      announced();
    },
  });
  await ready;
  expect(lines).toEqual(['started']);
  expect(isGroupAlive(shell.pid)).toBe(true);
  await shell.stop();
  expect(isGroupAlive(shell.pid)).toBe(false);
});

test('a process that ignores SIGTERM is killed after the grace time', async () => {
  let announced: () => void = () => undefined;
  const deaf = new Promise<void>((resolve) => (announced = resolve));
  const shell = await startProcess('/bin/sh', ['-c', 'trap "" TERM; echo deaf; while true; do sleep 0.1; done'], {
    onLine: () => announced(),
  });
  await deaf;
  await shell.stop(200);
  expect(await shell.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a program that does not exist is an error that names it', async () => {
  await expect(startProcess('/no/such/program', [])).rejects.toThrow('/no/such/program');
});

test('the exit code and the last lines of a failed process are known', async () => {
  const shell = await startProcess('/bin/sh', ['-c', 'echo to stdout; echo to stderr >&2; exit 3']);
  expect(await shell.exited).toEqual({ code: 3, signal: null });
  expect(shell.recentOutput()).toContain('to stderr');
});
