import { expect, onTestFinished, test } from 'vitest';
import { KeptAlive, type KeepAliveSettings } from './keep-alive.ts';

function start(code: string, settings: Partial<KeepAliveSettings> = {}) {
  const lines: string[] = [];
  const waiting: { text: string; resolve: () => void }[] = [];
  const part = new KeptAlive(
    { name: 'part', command: process.execPath, args: ['-e', code], env: {} },
    {
      mayRestart: () => true,
      pauseMs: 1,
      onLine: (_, line) => {
        lines.push(line);
        for (const { text, resolve } of waiting) if (lines.filter((one) => one.includes(text)).length > 1) resolve();
      },
      ...settings,
    },
  );
  onTestFinished(() => part.stop(0));
  const twice = (text: string): Promise<void> => new Promise((resolve) => waiting.push({ text, resolve }));
  return { part, lines, twice };
}

const stays = 'console.log("up"); setInterval(() => undefined, 1000)';

test('a process that is killed is started again', async () => {
  const { part, lines, twice } = start(
    `${stays}; if (!globalThis.x) setTimeout(() => process.kill(process.pid, 9), 50)`,
  );
  await twice('up');
  expect(lines).toContain('ended by SIGKILL; it is started again');
  await part.stop(0);
});

test('one that ends again and again has failed, with its last words', async () => {
  const { part, lines } = start('console.log("broken"); process.exit(3)');
  expect((await part.failed).message).toMatch(/^part ended with exit code 3\. Its last output:\n(broken\n?){5}$/);
  expect(lines.filter((line) => line === 'broken')).toHaveLength(5);
});

test('one that ends while everything is starting has failed at once', async () => {
  const { part, lines } = start('console.error("PORT is wrong"); process.exit(1)', { mayRestart: () => false });
  expect((await part.failed).message).toBe('part ended with exit code 1. Its last output:\nPORT is wrong');
  expect(lines).toEqual(['PORT is wrong']);
});

test('a program that is not there has failed', async () => {
  const settings = { mayRestart: () => false, onLine: () => undefined };
  const part = new KeptAlive({ name: 'redis', command: '/no/such/program', args: [], env: {} }, settings);
  expect((await part.failed).message).toContain('ENOENT');
});

test('one that ignores SIGTERM is killed, and stays away', async () => {
  const { part, lines, twice } = start(`process.on("SIGTERM", () => undefined); ${stays}; console.log("up")`);
  await twice('up');
  await part.stop(20);
  expect(lines).toEqual(['up', 'up']);
});
