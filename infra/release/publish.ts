/**
 * `node infra/release/publish.ts --tag TAG FOLDER`: gives the tarballs that the dry run has left in FOLDER to the
 * registry, needed ones first. A version that is there already is passed over, so that what broke off can be repeated.
 * It only works in a workflow that npm trusts (docs/release.md): the registry keeps a signed statement of where each
 * was built. It has the right to publish, so it builds nothing, and needs no package.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { npmCommand } from './npm.ts';

/** One of a folder of tarballs. */
interface Tarball {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
}

/** Says which tarballs of a folder there are, in the order of need. */
const listFile = 'packages.json';

export function writeList(folder: string, tarballs: readonly Tarball[]): void {
  const list = tarballs.map(({ name, version, filename }) => ({ name, version, filename }));
  writeFileSync(join(folder, listFile), `${JSON.stringify(list, undefined, 2)}\n`);
}

/** Publishes what {@link writeList} has listed and the registry does not have. */
export function publishAll(folder: string, tag: string): void {
  for (const tarball of JSON.parse(readFileSync(join(folder, listFile), 'utf8')) as Tarball[]) {
    const isThere = isPublished(tarball);
    if (!isThere) runPublish(join(folder, tarball.filename), tag, ['--provenance']);
    console.log(`${tarball.name}@${tarball.version} ${isThere ? 'was there already' : 'is published'}`);
  }
}

/** Does all of publishing but the last step. Throws an Error if npm refuses the tarball. */
export function tryPublishing(path: string, tag: string): void {
  // Without `--force`, npm refuses a version that the registry has, which the sources have from a release to the next.
  runPublish(path, tag, ['--dry-run', '--force', '--loglevel=error']);
}

function runPublish(path: string, tag: string, how: readonly string[]): void {
  // Or npm could take a relative path for a repository on GitHub.
  const args = ['publish', resolve(path), '--access', 'public', '--tag', tag, '--ignore-scripts', ...how];
  execFileSync(...npmCommand(args), { stdio: ['ignore', 'ignore', 'inherit'] });
}

function isPublished({ name, version }: Tarball): boolean {
  try {
    const args = ['view', `${name}@${version}`, 'version', '--loglevel=silent'];
    return execFileSync(...npmCommand(args), { encoding: 'utf8' }).trim() === version;
  } catch {
    // A name that the registry does not know is an error.
    return false;
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { tag: { type: 'string' } }, allowPositionals: true });
  const [folder] = positionals;
  if (!values.tag || folder === undefined) throw new Error('usage: publish.ts --tag TAG FOLDER');
  publishAll(folder, values.tag);
}
