/** A package in its published form, in a folder: what `npm pack` puts into the tarball. */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compilePackage } from './compile.ts';
import { publishedManifest } from './published-manifest.ts';
import { readPackage, repository, type WorkspacePackage } from './workspace.ts';

/** `release.ts` next to a package's package.json: writes what is made for the package and is not code. */
interface ReleaseModule {
  /** @param target the folder that is packed */
  addFiles(target: string): Promise<void>;
  /** Removes what `addFiles` has written into the package's own folder. */
  removeFiles(target: string): Promise<void>;
}

const license = join(repository, 'LICENSE');

/**
 * Writes the whole package into `target`, an empty or new folder.
 * @param sources URL of the repository, for package.json
 */
export async function stagePackage(one: WorkspacePackage, target: string, sources?: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const pattern of ['README.md', 'LICENSE', ...one.manifest.files]) {
    if (pattern === 'dist' || pattern.startsWith('!')) continue;
    for (const path of globSync(pattern, { cwd: one.folder })) {
      cpSync(join(one.folder, path), join(target, path), { recursive: true });
    }
  }
  await writeBuilt(one, target, sources);
}

/** The package in `folder` takes on its published form; `takeOff` gives it back its own. */
export async function putOn(folder: string): Promise<void> {
  await takeOff(folder);
  cpSync(join(folder, 'package.json'), keptIn(folder));
  try {
    await writeBuilt(readPackage(folder), folder);
  } catch (error) {
    await takeOff(folder);
    throw error;
  }
}

export async function takeOff(folder: string): Promise<void> {
  if (existsSync(keptIn(folder))) renameSync(keptIn(folder), join(folder, 'package.json'));
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const copy = join(folder, 'LICENSE');
  if (existsSync(copy) && readFileSync(copy).equals(readFileSync(license))) rmSync(copy);
  await (await releaseModule(folder))?.removeFiles(folder);
}

function keptIn(folder: string): string {
  return join(folder, '.package.json.kept');
}

async function writeBuilt(one: WorkspacePackage, target: string, sources?: string): Promise<void> {
  const { folder, manifest } = one;
  rmSync(join(target, 'dist'), { recursive: true, force: true });
  compilePackage(one, join(target, 'dist'));
  await (await releaseModule(folder))?.addFiles(target);
  if (!existsSync(join(target, 'LICENSE'))) cpSync(license, join(target, 'LICENSE'));
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest, sources), null, 2)}\n`);
}

async function releaseModule(folder: string): Promise<ReleaseModule | undefined> {
  const path = join(folder, 'release.ts');
  return existsSync(path) ? ((await import(pathToFileURL(path).href)) as ReleaseModule) : undefined;
}
