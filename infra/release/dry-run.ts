/**
 * `npm run release:dry`: all of a release but what others would see. The one version stands everywhere; the changesets
 * make the next one, in a copy; the packages are built, packed, and refused or accepted by npm; CHANGELOG.md has words
 * for the release. What would be published is left in `dist/packages`. With `-- --tag v0.2.0 --repository URL`, for the
 * workflow that makes it: the sources have to be that release, and packages say where their sources are, or npm would
 * not believe where they were built.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { notesOf } from './changelog.ts';
import { packAll } from './pack.ts';
import { tryPublishing, writeList } from './publish.ts';
import { tagsOf } from './tags.ts';
import { makeVersion, readChanges } from './version.ts';
import { currentVersion, versionFaults } from './versions.ts';
import { publishedPackages, repository } from './workspace.ts';

/** What making a version reads and writes. */
const versioned = [
  ...['package.json', 'package-lock.json', '.npmrc', 'CHANGELOG.md', '{apps,packages}/*/package.json'],
  ...['.changeset/*', 'infra/helm/m2fp/Chart.yaml', 'infra/k8s/**/*.yaml', 'docs/kubernetes.md'],
];

const { values } = parseArgs({ options: { tag: { type: 'string' }, repository: { type: 'string' } } });
assertOneVersion();
const notes = values.tag === undefined ? await nextRelease() : await thisRelease(values.tag);
console.log(`CHANGELOG.md has ${notes.split('\n').length} lines for it, which begin:\n\n${beginningOf(notes)}\n`);
await publishNothing();

function assertOneVersion(): void {
  const faults = versionFaults(repository);
  if (faults.length > 0) throw new Error(`Not everything has the same version:\n${faults.join('\n')}`);
  console.log(`Everything has the version ${currentVersion(repository)}.`);
}

/** Makes the next version in a copy of the files that it changes. Returns its notes. */
async function nextRelease(): Promise<string> {
  const changes = await readChanges(repository);
  if (changes.length === 0) {
    console.log('There is no changeset: nothing is to be released.');
    return notesOf(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8'), currentVersion(repository));
  }
  const copy = mkdtempSync(join(tmpdir(), 'm2fp-release-'));
  try {
    for (const path of globSync(versioned, { cwd: repository })) cpSync(join(repository, path), join(copy, path));
    // npm and changesets look for the repository that they are in.
    execFileSync('git', ['init', '--quiet'], { cwd: copy });
    const version = await makeVersion(copy, new Date().toISOString().slice(0, 10));
    console.log(`${changes.length} changeset(s) make the version ${version}.`);
    return notesOf(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8'), version);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function thisRelease(tag: string): Promise<string> {
  const version = currentVersion(repository);
  if (tag !== `v${version}`) throw new Error(`The tag ${tag} is not that of version ${version}.`);
  if ((await readChanges(repository)).length > 0) throw new Error('There are changesets: npm run release:version');
  return notesOf(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8'), version);
}

function beginningOf(text: string): string {
  return text
    .split('\n')
    .slice(0, 8)
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

async function publishNothing(): Promise<void> {
  const folder = join(repository, 'dist', 'packages');
  const packages = await packAll(publishedPackages(), folder, values.repository);
  writeList(folder, packages);
  for (const { name, version, filename, size, entryCount } of packages) {
    tryPublishing(join(folder, filename), tagsOf(version, []).npm);
    const kilobytes = String(Math.ceil(size / 1000)).padStart(6);
    console.log(`npm would publish ${`${name}@${version}`.padEnd(28)} ${kilobytes} kB, ${entryCount} files`);
  }
}
