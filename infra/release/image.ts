/**
 * `node infra/release/image.ts INSTALLED BUILT TARGET NAME…`: what an image runs, in TARGET: the named packages of ours
 * and all that they depend on. INSTALLED is the repository's manifests after an `npm ci`, BUILT has our packages as
 * build.ts makes them. A dependency that is not there was left out on purpose: optional ones, or by infra/Dockerfile.
 *
 * Of each package, what Node reads when it runs stays: no types, no maps, no documentation, no tests, nothing for
 * bundlers.
 */
import {
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { isNamedIn, unreadFolders, type InstalledManifest } from './unread-folders.ts';

const license = /^(?:licen[cs]e|copying|notice|third-party)/i;
const unread = /\.(?:[cm]?ts|tsx|map|md|markdown|flow|tsbuildinfo)$/i;

interface Dependent extends InstalledManifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const [installed = '', built = '', target = '', ...names] = process.argv.slice(2);
if (names.length === 0) throw new Error('usage: image.ts INSTALLED BUILT TARGET NAME…');

function readManifest(folder: string): Dependent {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Dependent;
}

/** Those that no code names which stays; what one of them names counts once it stays itself. */
function foldersToLeave(source: string): Set<string> {
  const left = unreadFolders(readManifest(source), readdirSync(source));
  for (let before = -1; before !== left.size && left.size > 0;) {
    before = left.size;
    const exclude = [...left, 'node_modules'].map((name) => `${name}/**`);
    for (const path of globSync('**/*.{js,cjs,mjs}', { cwd: source, exclude })) {
      const code = readFileSync(join(source, path), 'utf8');
      for (const name of left) if (isNamedIn(code, name)) left.delete(name);
    }
  }
  return left;
}

/** Copies one package, without packages in it. */
function copyPackage(source: string, place: string): void {
  const folders = foldersToLeave(source);
  cpSync(source, place, {
    recursive: true,
    filter: (path) => {
      const [first = ''] = relative(source, path).split(sep);
      if (first === 'node_modules' || folders.has(first)) return false;
      return lstatSync(path).isDirectory() || license.test(basename(path)) || !unread.test(basename(path));
    },
  });
}

/** Where Node finds a package from a folder on: in its `node_modules`, or in that of a folder around it. */
function findPackage(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  return from === installed || from === dirname(from) ? undefined : findPackage(name, dirname(from));
}

/** Of our packages, each a link in INSTALLED: their real folders, and what they are called. */
const ours = new Map(
  ['.', '@m2fp'].flatMap((scope) => {
    const folder = join(installed, 'node_modules', scope);
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    return entries
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => [realpathSync(join(folder, name)), join(scope, name)] as const);
  }),
);

/** Where a package goes: ours into `node_modules`, with what is in their own; others where they are. */
function placeOf(real: string): string {
  for (const [folder, name] of ours) {
    if (real === folder || real.startsWith(folder + sep)) {
      return join(target, 'node_modules', name, relative(folder, real));
    }
  }
  return join(target, relative(installed, real));
}

const copied = new Set<string>();

/** @param real the package's folder in INSTALLED, which is no link */
function copyWithNeeded(real: string): void {
  if (copied.has(real)) return;
  copied.add(real);
  const own = ours.get(real);
  copyPackage(own === undefined ? real : join(built, own), placeOf(real));
  const { dependencies, optionalDependencies, peerDependencies } = readManifest(real);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const needed = findPackage(name, real);
    if (needed !== undefined) copyWithNeeded(realpathSync(needed));
  }
}

for (const name of names) {
  const folder = findPackage(name, installed);
  if (folder === undefined) throw new Error(`${name} is not in ${installed}.`);
  copyWithNeeded(realpathSync(folder));
}
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ private: true, type: 'module' })}\n`);
