import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { currentVersion, versionFaults, writeVersion } from './versions.ts';

const repository = resolve(import.meta.dirname, '../..');

test('the repository has one version', () => {
  expect(versionFaults(repository)).toEqual([]);
});

test('a place with another version is named, also where one package needs another', () => {
  const root = mkdtempSync(join(tmpdir(), 'm2fp-versions-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const paths = ['package.json', 'package-lock.json', 'apps/api', 'packages/contract', 'infra/helm/m2fp/Chart.yaml'];
  const filter = (source: string) => !source.endsWith('node_modules');
  for (const path of paths) cpSync(join(repository, path), join(root, path), { recursive: true, filter });
  expect(versionFaults(root)).toEqual([]);

  const version = currentVersion(root);
  const contract = join(root, 'packages/contract/package.json');
  writeFileSync(contract, readFileSync(contract, 'utf8').replace(`"version": "${version}"`, '"version": "7.0.0"'));
  const api = join(root, 'apps/api/package.json');
  writeFileSync(api, readFileSync(api, 'utf8').replace(`"@m2fp/contract": "${version}"`, '"@m2fp/contract": "^7.0.0"'));
  expect(versionFaults(root).sort()).toEqual([
    `@m2fp/api, which needs @m2fp/contract has ^7.0.0, not ${version}`,
    `@m2fp/contract has 7.0.0, not ${version}`,
  ]);

  // What changesets do not know is written here: the chart follows the root's package.json.
  writeVersion(root, '7.0.0');
  expect(currentVersion(root)).toBe('7.0.0');
  expect(versionFaults(root).filter((fault) => fault.startsWith('infra/'))).toEqual([]);
  expect(versionFaults(root)).toContain('package-lock.json has 0.1.0, not 7.0.0'.replace('0.1.0', version));
});
