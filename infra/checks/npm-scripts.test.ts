/** Scripts of package.json run in the shell of the system: sh, or cmd.exe, which knows little of what sh knows. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifests = ['package.json', ...globSync('{apps,packages}/*/package.json', { cwd: root })];

const scripts = manifests.flatMap((path) => {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { scripts?: Record<string, string> };
  return Object.entries(scripts).map(([name, script]) => ({ name: `${name} of ${path}`, script }));
});

/** Both shells understand `a && b`, and words without quotes, variables, wildcards and redirection. */
function faultsOf(script: string): string[] {
  return script.split(' && ').flatMap((command) => {
    const [program = '', ...words] = command.split(' ');
    const faults = words.filter((word) => /[$`;|&<>()'*~\\%^]/.test(word)).map((word) => `shell syntax: ${word}`);
    const isKnown = ['node', 'npm', 'npx'].includes(program) || existsSync(join(root, 'node_modules/.bin', program));
    return isKnown ? faults : [`not a program of Node's or of a dependency: ${program}`, ...faults];
  });
}

test('scripts need no POSIX shell', () => {
  expect(scripts.length).toBeGreaterThan(20);
  const faulty = scripts.flatMap(({ name, script }) => faultsOf(script).map((fault) => `${name}: ${fault}`));
  expect(faulty).toEqual([]);
});

test.each([
  'exec node main.ts',
  'NAME=value node main.ts',
  'node main.ts $HOME',
  "node -e 'main()'",
  'rm -rf dist',
  'prettier *.ts',
  'node a.ts; node b.ts',
  'node a.ts > out',
])('what cmd.exe cannot do is noticed: %s', (script) => {
  expect(faultsOf(script)).not.toEqual([]);
});
