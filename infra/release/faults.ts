/** What would be wrong with a package for those who install it. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { extname, join, relative, sep } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { repository } from './workspace.ts';

export interface FoundFiles {
  readonly faults: readonly string[];
  readonly count: number;
  readonly bytes: number;
}

/** Files that are text: what is in them may name a place of the machine that built them. */
const texts = new Set(['.css', '.html', '.js', '.json', '.map', '.md', '.mjs', '.svg', '.ts']);

/** Of an installed package: no tests, no sources, nothing of another package, no path of the machine that built it. */
export function faultsOfFiles(folder: string, names: ReadonlySet<string>): FoundFiles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    // Dependencies in another version than others have.
    .filter((path) => !path.startsWith(`node_modules${sep}`));
  const faults: string[] = [];
  for (const path of paths) {
    const isSource = /\.[cm]?tsx?$/.test(path) && !path.endsWith('.d.ts') && !path.startsWith('examples');
    if (isSource) faults.push(`${path} is a source`);
    if (/\.test\.|(?:^|[\\/])(?:testing|test|src)[\\/]/.test(path)) faults.push(`${path} is for the repository alone`);
    if (path !== 'package.json' && path.endsWith(`${sep}package.json`)) faults.push(`${path} is of another package`);
    if (texts.has(extname(path))) faults.push(...faultsOfText(path, readFileSync(join(folder, path), 'utf8'), names));
  }
  const bytes = paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  return { faults, count: paths.length, bytes };
}

function faultsOfText(path: string, text: string, names: ReadonlySet<string>): string[] {
  const places = [repository, homedir()].filter((place) => place.length > 1 && text.includes(`${place}${sep}`));
  const faults = places.map((place) => `${path} names ${place}, a place of this machine`);
  // A map says what it is made from.
  const sources = path.endsWith('.map') ? (JSON.parse(text) as { sources: string[] }).sources : [];
  for (const source of sources) {
    if (!/^(?:\.\.\/)+src\//.test(source)) faults.push(`${path} is made from ${source}, which is not the package's`);
  }
  if (path !== 'package.json') return faults;
  const manifest = JSON.parse(text) as { name: string; dependencies?: object; optionalDependencies?: object };
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const missing = needed.filter((name) => name.startsWith('@m2fp/') && !names.has(name));
  return [...faults, ...missing.map((name) => `it needs ${name}, which is not published`)];
}

/** Of an installed package, by publint: errors, warnings and suggestions. */
export async function faultsOfPublint(folder: string): Promise<string[]> {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: false });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

/**
 * Of a tarball, by are-the-types-wrong: for each way in which TypeScript finds modules, whether it finds these, and
 * what Node finds. All packages are modules alone, for those who know `exports`: what older ways and `require` find is
 * not asked.
 */
export async function faultsOfTypes(tarball: Buffer): Promise<string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (analysis.types === false) return ['it has no types'];
  return analysis.problems
    .filter((problem) => !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind))
    .map((problem) => `are the types wrong: ${JSON.stringify({ ...problem, trace: undefined })}`);
}
