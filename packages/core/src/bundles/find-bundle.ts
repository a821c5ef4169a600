import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { manifestFileName } from '../model/manifest.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { isModelName, licenseNote, type ModelName, modelNames, namedModels } from './named-models.ts';

/**
 * The folder of the bundle that a user asked for, by a model's name or as a folder. Builds nothing and fetches nothing:
 * a name's bundle comes with an installed package, or was put into the cache by `m2fp model pull`.
 * @param cacheDir the user's cache by default
 * @throws `model_unavailable`, with the command that gets the model
 */
export function findBundle(model: string, cacheDir = defaultCacheDir()): string {
  if (isModelName(model)) {
    const dir = findNamedBundle(model, cacheDir);
    if (dir !== undefined) return dir;
    throw new AppError('model_unavailable', missing(model));
  }
  const dir = resolve(model);
  if (hasManifest(dir)) return dir;
  const known = modelNames.join(', ');
  throw new AppError('model_unavailable', `${model} is neither a model's name (${known}) nor a model bundle's folder.`);
}

/** Undefined if the model is neither installed nor in the cache. */
export function findNamedBundle(model: ModelName, cacheDir: string): string | undefined {
  const installed = installedBundleDir(model);
  if (installed !== undefined) return installed;
  const dir = pulledBundleDir(model, resolve(cacheDir));
  return hasManifest(dir) ? dir : undefined;
}

/** Where `m2fp model pull` puts a model's bundle. */
export function pulledBundleDir(model: ModelName, cacheDir: string): string {
  return join(cacheDir, 'models', model);
}

/** The bundle that comes with an installed package; undefined if there is none, as in a clone of this project. */
export function installedBundleDir(model: ModelName): string | undefined {
  const found = namedModels[model];
  if (found.obtained !== 'built') return undefined;
  const root = packageDir(found.package);
  if (root === undefined) return undefined;
  const dir = join(root, 'bundle');
  return hasManifest(dir) ? dir : undefined;
}

function missing(model: ModelName): string {
  const found = namedModels[model];
  if (found.obtained === 'built') {
    return `The model ${model} is not installed: run "npm install ${found.package}" first.`;
  }
  const note = licenseNote(found.license);
  const license = `Its license is ${found.license}${note === undefined ? '' : `: ${note}`}.`;
  return `The model ${model} has not been fetched yet: run "npx m2fp model pull ${model}" first. ${license}`;
}

/** Undefined if it is not installed. It is not imported: it may be missing, and has no code that is needed. */
function packageDir(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function hasManifest(dir: string): boolean {
  return statSync(join(dir, manifestFileName), { throwIfNoEntry: false })?.isFile() ?? false;
}
