import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const sample = fileURLToPath(new URL('../../testing/sample-service.ts', import.meta.url));

function run(behavior: string) {
  const child = spawn(process.execPath, [sample, behavior], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    waiting.get((JSON.parse(line) as { msg: string }).msg)?.();
  });
  const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown> & { msg: string });
  /** Sorted: lines written during the exit may overtake earlier ones. */
  const messages = () =>
    parsed()
      .map(({ msg }) => msg)
      .sort();
  return {
    ...{ child, lines, errors, messages },
    line: (message: string) => parsed().find(({ msg }) => msg === message),
    logged: async (message: string) => {
      if (!messages().includes(message)) await new Promise<void>((resolve) => waiting.set(message, resolve));
    },
    exitCode: async () => ((await once(child, 'close')) as [number | null])[0],
  };
}

describe('a service', () => {
  test('at the first signal, shuts down in the opposite order of its start and exits with 0', async () => {
    const service = run('works');
    await service.logged('started');
    service.child.kill('SIGTERM');
    expect(await service.exitCode()).toBe(0);
    expect(service.messages()).toEqual(['first ended', 'started', 'stopped', 'stopping', 'third ends']);
    expect(service.line('stopping')).toMatchObject({ app: 'worker', worker: 'sample', reason: 'SIGTERM' });
    expect(service.line('first ended')).toMatchObject({ step: 'third second', reason: 'true' });
  });

  test('at the second signal, exits immediately with 1', async () => {
    const service = run('hangs');
    await service.logged('started');
    service.child.kill('SIGTERM');
    await service.logged('third ends');
    service.child.kill('SIGINT');
    expect(await service.exitCode()).toBe(1);
    expect(service.messages()).toEqual(['ended now', 'started', 'stopping', 'stopping immediately', 'third ends']);
  });

  test('exits with 1 if a step of its shutdown failed, after the other steps', async () => {
    const service = run('ends badly');
    await service.logged('started');
    service.child.kill('SIGTERM');
    expect(await service.exitCode()).toBe(1);
    expect(service.messages()).toContain('a step of the shutdown failed');
    expect(service.line('first ended')).toMatchObject({ step: 'third second' });
  });

  test.each(['is misconfigured', 'is refused'])('that %s prints only why, and exits with 1', async (behavior) => {
    const service = run(behavior);
    expect(await service.exitCode()).toBe(1);
    expect(service.errors).toEqual(['This is why.']);
    expect(service.lines).toEqual([]);
  });

  test.each([
    ['cannot start', ['the worker ends']],
    ['faults', ['started', 'the worker ends']],
    ['faults and finishes', ['first ended', 'started', 'stopped', 'stopping', 'the worker ends', 'third ends']],
  ])('that %s logs the error once, without what is attached to it, and exits with 1', async (behavior, messages) => {
    const service = run(behavior);
    expect(await service.exitCode()).toBe(1);
    expect(service.messages()).toEqual(messages);
    expect(service.errors).toEqual([]);
    expect(service.lines.join('\n')).toContain('at redis://host');
    expect(service.lines.join('\n')).not.toContain('secret');
  });
});
