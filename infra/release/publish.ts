/**
 * `npm run release:publish -- --repository URL`: builds all published packages and gives them to the registry, needed
 * ones first. A version that is there already is passed over, so that what broke off can be repeated. It only works in
 * a workflow that npm trusts (docs/release.md): the registry keeps a signed statement of where each was built.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { npmCommand } from './npm.ts';
import { packAll, type PackedPackage } from './pack.ts';
import { publishedPackages, repository } from './workspace.ts';

/** Publishes a tarball, or does all of that but the last step. Throws an Error if npm refuses it. */
export function publishTarball(path: string, version: string, { dryRun }: { readonly dryRun: boolean }): void {
  // What comes before a version is not what people get who name none.
  const tag = version.includes('-') ? 'next' : 'latest';
  const how = dryRun ? ['--dry-run', '--loglevel=error'] : ['--provenance'];
  const args = ['publish', path, '--access', 'public', '--tag', tag, '--ignore-scripts', ...how];
  execFileSync(...npmCommand(args), { stdio: ['ignore', 'ignore', 'inherit'] });
}

function isPublished({ name, version }: PackedPackage): boolean {
  try {
    const args = ['view', `${name}@${version}`, 'version', '--loglevel=silent'];
    return execFileSync(...npmCommand(args), { encoding: 'utf8' }).trim() === version;
  } catch {
    // A name that the registry does not know is an error.
    return false;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { repository: { type: 'string' } } });
  if (values.repository === undefined) throw new Error('Say where the sources are: --repository https://…');
  const folder = join(repository, 'dist', 'packages');
  for (const packed of await packAll(publishedPackages(), folder, values.repository)) {
    const { name, version, filename } = packed;
    const isThere = isPublished(packed);
    if (!isThere) publishTarball(join(folder, filename), version, { dryRun: false });
    console.log(`${name}@${version} ${isThere ? 'was there already' : 'is published'}`);
  }
}
