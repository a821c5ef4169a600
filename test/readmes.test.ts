/** The example of each package's README, as a user would run it. Client, core and portrait have tests of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
/** Ignored by git, and inside the repository: packages are found by their names. */
const cache = join(root, '.cache');

const examples = readdirSync(join(root, 'packages'))
  .filter((name) => !['client', 'core', 'portrait'].includes(name) && existsSync(readmeOf(name)))
  .map((name) => [name, /^```js\n([^]*?)^```$/m.exec(readFileSync(readmeOf(name), 'utf8'))?.[1]] as const);

function readmeOf(name: string): string {
  return join(root, 'packages', name, 'README.md');
}

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)('that of @m2fp/%s works', async (_name, code) => {
  expect(code).toBeDefined();
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const node = spawn(process.execPath, ['--input-type=module'], { cwd: folder });
  let output = '';
  for (const stream of [node.stdout, node.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  node.stdin.end(code?.replace('http://127.0.0.1:9000', inject('s3').endpoint));
  const [exitCode] = (await once(node, 'close')) as [number | null];
  expect(exitCode, output).toBe(0);
  expect(output).not.toBe('');
});
