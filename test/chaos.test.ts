/** `npm run chaos`, small: what it checks is described in docs/chaos.md. */
import { fileURLToPath } from 'node:url';
import { startProcess } from '@m2fp/dev-services';
import { expect, onTestFinished, test } from 'vitest';
import { systemEnvironment } from './support/system-environment.ts';

const main = fileURLToPath(new URL('../apps/trials/src/chaos.ts', import.meta.url));
/** Of both processes and Redis, and with locks that are lost and found again within seconds. */
const small = ['--seconds', '8', '--kills', '6', '--jobs', '16', '--batches', '3', '--cancels', '0.2'];
const times = ['--lock-ms', '2000', '--settle', '120', '--seed', '3'];

interface Report {
  readonly kills: number;
  readonly jobs: { readonly accepted: number };
  readonly batches: { readonly accepted: number };
  readonly findings: readonly object[];
}

test('a service that is killed, paused and cut off loses nothing, doubles nothing and leaves nothing', async () => {
  const lines: string[] = [];
  const chaos = await startProcess(process.execPath, [main, '--json', ...small, ...times], {
    env: systemEnvironment(),
    onLine: (line, from) => void (from === 'stdout' && lines.push(line)),
  });
  onTestFinished(() => chaos.stop());
  const { code } = await chaos.exited;
  expect(lines, chaos.recentOutput()).not.toEqual([]);
  const report = JSON.parse(lines.join('\n')) as Report;
  expect(report.findings).toEqual([]);
  expect(code).toBe(0);
  expect(report).toMatchObject({ jobs: { accepted: 16 }, batches: { accepted: 3 } });
  expect(report.kills).toBeGreaterThanOrEqual(5);
});
