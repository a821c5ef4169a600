/** A few inputs of each kind through `npm run fuzz`, always the same ones. Its own figures are in docs/security.md. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { systemEnvironment } from './support/system-environment.ts';

const main = fileURLToPath(new URL('../apps/fuzz/src/main.ts', import.meta.url));

interface Report {
  readonly targets: readonly { target: string; tried: number; failures: Record<string, number>; kept: unknown[] }[];
}

async function fuzz(...args: readonly string[]): Promise<Report> {
  const outDir = await mkdtemp(join(tmpdir(), 'm2fp-fuzz-'));
  onTestFinished(() => rm(outDir, { recursive: true }));
  const kinds = ['--photos', '--requests', '--files'].flatMap((kind) => (args.includes(kind) ? [] : [kind, '0']));
  const all = [main, ...kinds, ...args, '--seed', '5', '--seconds', '100', '--out', outDir, '--json'];
  const options = { env: systemEnvironment(), maxBuffer: 2 ** 24 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, all, options, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Report);
    });
  });
}

test.each([
  ['photos', 300],
  ['requests', 600],
  ['files', 40],
])('mutated %s crash nothing, hang nowhere and get the answers that they should', async (target, count) => {
  const { targets } = await fuzz(`--${target}`, String(count));
  const [report] = targets;
  expect(report?.kept).toEqual([]);
  expect(report).toMatchObject({ target });
  expect(report?.tried).toBeGreaterThan(0);
  expect(Object.values(report?.failures ?? { none: 1 }).every((failures) => failures === 0)).toBe(true);
});
