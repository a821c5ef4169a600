/**
 * `npm run pack` puts the tarballs of all published packages into `dist/packages`, built from the sources as they are.
 * Those that were there are removed. `node infra/release/pack.ts TARGET [NAME…]`: into another folder, or only those
 * that are named and what they need of ours.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { npmCommand } from './npm.ts';
import { stagePackage } from './stage.ts';
import { publishedPackages, repository, withNeeded, type WorkspacePackage } from './workspace.ts';

/** Of what `npm pack --json` says. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  /** Bytes of the tarball, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/**
 * Builds and packs. Returns what was packed, in the order of need; `filename` is in `target`.
 * @param sources URL of the repository, which published packages name so that npm can check where they were built
 */
export async function packAll(
  packages: readonly WorkspacePackage[],
  target: string,
  sources?: string,
): Promise<PackedPackage[]> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), 'm2fp-pack-'));
  try {
    const folders = packages.map(({ manifest }) => join(stage, manifest.name));
    for (const [place, one] of packages.entries()) await stagePackage(one, folders[place] ?? stage, sources);
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(target), ...folders];
    const answer = execFileSync(...npmCommand(args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const packed: unknown = JSON.parse(answer);
    return Object.values(packed as Record<string, PackedPackage>);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [target = join(repository, 'dist', 'packages'), ...names] = process.argv.slice(2);
  const all = publishedPackages();
  const packed = await packAll(names.length === 0 ? all : withNeeded(all, names), target);
  for (const { filename, size, unpackedSize } of packed) {
    console.log(`${filename.padEnd(36)} ${kilobytes(size)} kB, unpacked ${kilobytes(unpackedSize)} kB`);
  }
  console.log(`${packed.length} packages in ${target}`);
}

function kilobytes(bytes: number): string {
  return String(Math.ceil(bytes / 1000)).padStart(6);
}
