/**
 * `npm run release:version`: turns the changesets into the next version, written wherever the version stands, and
 * into its part of CHANGELOG.md. docs/release.md says what comes before and after.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readChangesets } from '@changesets/read';
import { type ReleasedChange, withRelease } from './changelog.ts';
import { npmCommand } from './npm.ts';
import { currentVersion, versionFaults, writeVersion } from './versions.ts';
import { readPackage } from './workspace.ts';

const changesetProgram = fileURLToPath(import.meta.resolve('@changesets/cli/bin.js'));
/** All have one version: any of them tells what it is. */
const anyPackage = 'packages/contract';

/**
 * Writes the next version into the repository at `root` and returns it. Throws an Error if there is no changeset, and
 * if a place where the version stands was not found.
 * @param date of the release, such as `2026-11-26`
 */
export async function makeVersion(root: string, date: string): Promise<string> {
  const changes = await readChanges(root);
  if (changes.length === 0) throw new Error('There is no changeset, so no release to make: npx changeset');
  execFileSync(process.execPath, [changesetProgram, 'version'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { version } = readPackage(join(root, anyPackage)).manifest;
  writeVersion(root, version);
  const lockOnly = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync(...npmCommand(lockOnly), { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const changelog = join(root, 'CHANGELOG.md');
  writeFileSync(changelog, withRelease(readFileSync(changelog, 'utf8'), { version, date, changes }));
  const faults = versionFaults(root);
  if (faults.length > 0) throw new Error(`Not everything has the new version:\n${faults.join('\n')}`);
  return version;
}

/** What the changesets of `root` say, in the order of their names. */
export async function readChanges(root: string): Promise<ReleasedChange[]> {
  const order = ['none', 'patch', 'minor', 'major'] as const;
  const changesets = await readChangesets(root);
  return changesets
    .sort((one, other) => one.id.localeCompare(other.id))
    .map(({ summary, releases }) => {
      const types = releases.map(({ type }) => order.indexOf(type));
      return { summary, type: order[Math.max(...types, 0)] ?? 'none' };
    });
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../..');
  const before = currentVersion(root);
  const version = await makeVersion(root, new Date().toISOString().slice(0, 10));
  console.log(`${before} → ${version}. Look at the changes (git diff), and at CHANGELOG.md above all.`);
}
