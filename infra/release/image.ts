/**
 * `node infra/release/image.ts INSTALLED BUILT TARGET`: what an image runs, in TARGET. INSTALLED is the repository's
 * manifests after an `npm ci` for some of our packages, BUILT has those packages as build.ts makes them.
 *
 * Links to our packages become their built form. Of all packages, what Node reads when they run stays: no types, no
 * maps, no documentation, no tests, nothing for bundlers.
 */
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { unreadFolders, type InstalledManifest } from './unread-folders.ts';

const license = /^(?:licen[cs]e|copying|notice|third-party)/i;
const unread = /\.(?:[cm]?ts|tsx|map|md|markdown|flow|html\.gz|tsbuildinfo)$|^\.package-lock\.json$/i;

/** Copies one package, without packages in it. */
function copyPackage(source: string, target: string): void {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as InstalledManifest;
  const folders = unreadFolders(manifest, readdirSync(source));
  cpSync(source, target, {
    recursive: true,
    filter: (path) => {
      const [first = ''] = relative(source, path).split(sep);
      if (first === 'node_modules' || folders.has(first)) return false;
      return lstatSync(path).isDirectory() || license.test(basename(path)) || !unread.test(basename(path));
    },
  });
}

/** The packages in a `node_modules`: names with their folders, links followed by nobody. */
function packagesIn(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name];
  });
}

function copyModules(installed: string, { built, target }: { readonly built: string; readonly target: string }): void {
  for (const name of packagesIn(installed)) {
    const source = join(installed, name);
    const place = join(target, name);
    const isOurs = lstatSync(source).isSymbolicLink();
    copyPackage(isOurs ? join(built, name) : source, place);
    // Dependencies in another version than other packages have.
    const inner = join(realpathSync(source), 'node_modules');
    copyModules(inner, { built, target: join(place, 'node_modules') });
  }
}

const [installed, built, target] = process.argv.slice(2);
if (installed === undefined || built === undefined || target === undefined) {
  throw new Error('usage: image.ts INSTALLED BUILT TARGET');
}
copyModules(join(installed, 'node_modules'), { built, target: join(target, 'node_modules') });
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ private: true, type: 'module' })}\n`);
