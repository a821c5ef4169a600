import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { manifestFileName, openBundle } from '@m2fp/core/model';
import { buildPortraitBundle } from '../portrait/build-bundle.ts';
import { portraitBundleKey } from '../portrait/source-packages.ts';
import { type BuiltModelName, isModelName, isPublished, modelNames, type PublishedModelName } from './named-models.ts';

export interface ResolveSettings {
  readonly cacheDir: string;
  /** Called before a bundle is built, which takes a while. */
  readonly onBuild?: () => void;
}

interface Builder {
  /** Changes with everything that the bundle is made of. */
  readonly key: () => Promise<string>;
  readonly build: (dir: string) => Promise<unknown>;
}

const builders: Readonly<Record<BuiltModelName, Builder>> = {
  portrait: { key: portraitBundleKey, build: buildPortraitBundle },
};

/**
 * The folder of the bundle that a user asked for. Of the named models, those that can be built are built into the cache
 * on first use, and the published ones have to have been pulled into it; everything else is a folder. Throws
 * `model_unavailable`.
 */
export async function resolveBundle(model: string, settings: ResolveSettings): Promise<string> {
  if (isModelName(model)) {
    return isPublished(model) ? findPulled(model, settings.cacheDir) : buildOnce(model, settings);
  }
  const dir = resolve(model);
  if (await hasManifest(dir)) return dir;
  const known = modelNames.join(', ');
  throw new AppError('model_unavailable', `${model} is neither a model's name (${known}) nor a model bundle's folder.`);
}

/** Where `m2fp model pull` puts a model's bundle. */
export function pulledBundleDir(model: PublishedModelName, cacheDir: string): string {
  return join(cacheDir, 'models', model);
}

/** Built again if the bundle in the cache is damaged. Processes that build it at the same time all succeed. */
async function buildOnce(model: BuiltModelName, { cacheDir, onBuild }: ResolveSettings): Promise<string> {
  const { key, build } = builders[model];
  const dir = join(resolve(cacheDir), 'bundles', `${model}-${await key()}`);
  if (await isWhole(dir)) return dir;
  onBuild?.();
  await build(dir);
  return dir;
}

async function findPulled(model: PublishedModelName, cacheDir: string): Promise<string> {
  const dir = pulledBundleDir(model, resolve(cacheDir));
  if (await hasManifest(dir)) return dir;
  const advice = `run "npx m2fp model pull ${model}" first`;
  throw new AppError('model_unavailable', `The model ${model} has not been fetched yet: ${advice}.`);
}

async function isWhole(dir: string): Promise<boolean> {
  return openBundle(dir).then(
    () => true,
    () => false,
  );
}

async function hasManifest(dir: string): Promise<boolean> {
  return stat(join(dir, manifestFileName)).then(
    (found) => found.isFile(),
    () => false,
  );
}
