import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { publishAll, tryPublishing, writeList } from './publish.ts';

/** In place of npm: writes down what it is asked, and knows one published version. It refuses that as npm does. */
const npm = `
const [command, what] = process.argv.slice(2);
require('node:fs').appendFileSync(__dirname + '/asked.txt', process.argv.slice(2).join(' ') + '\\n');
const isThere = /contract[@-]1\\.0\\.0/.test(what);
if (command === 'view' && isThere) console.log('1.0.0');
if (command === 'view' ? !isThere : isThere && !process.argv.includes('--force')) process.exit(1);
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'm2fp-publish-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'npm-cli.js'), npm);
  vi.stubEnv('npm_execpath', join(folder, 'npm-cli.js'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
});

function published(): string[] {
  const asked = readFileSync(join(folder, 'asked.txt'), 'utf8').trim().split('\n');
  return asked.filter((line) => line.startsWith('publish')).map((line) => line.replaceAll(`${folder}/`, ''));
}

test('what the registry has is passed over, and the rest published in the order of the list', () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const names = ['m2fp-contract', 'm2fp-core', 'm2fp'];
  const size = 1;
  writeList(
    folder,
    names.map((name) => ({ name, version: '1.0.0', filename: `${name}-1.0.0.tgz`, size })),
  );
  publishAll(folder, 'release-1.0');
  const how = '--access public --tag release-1.0 --ignore-scripts --provenance';
  expect(published()).toEqual([`publish m2fp-core-1.0.0.tgz ${how}`, `publish m2fp-1.0.0.tgz ${how}`]);
});

test('a version that the registry has can be tried again, and only that', () => {
  tryPublishing(join(folder, 'm2fp-contract-1.0.0.tgz'), 'latest');
  expect(published()).toEqual([expect.stringMatching(/^publish m2fp-contract-1\.0\.0\.tgz .*--dry-run --force/)]);
});
