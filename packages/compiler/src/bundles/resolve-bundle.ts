import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { manifestFileName, openBundle } from '@m2fp/core/model';
import { buildPortraitBundle } from '../portrait/build-bundle.ts';
import { portraitBundleKey } from '../portrait/bundle-key.ts';

export interface ResolveSettings {
  readonly cacheDir: string;
  /** Called before a bundle is built, which takes a while. */
  readonly onBuild?: () => void;
}

/** Checkpoints that the command line fetches and converts; their weights may not be passed on with this project. */
const pulledModels: readonly string[] = ['people', 'single'];

/**
 * The folder of the bundle that a user named: `portrait` is built into the cache at the first need, `people` and
 * `single` are those pulled into it before, everything else is a folder. Throws `model_unavailable`.
 */
export async function resolveBundle(model: string, settings: ResolveSettings): Promise<string> {
  const { cacheDir } = settings;
  if (model === 'portrait') return resolvePortrait(settings);
  if (pulledModels.includes(model)) return resolvePulled(model, cacheDir);
  const dir = resolve(model);
  if (await hasManifest(dir)) return dir;
  const known = ['portrait', ...pulledModels].join(', ');
  throw new AppError('model_unavailable', `${model} is neither a model's name (${known}) nor a model bundle's folder.`);
}

/** Built again where the one in the cache is damaged. Processes that build it at once all succeed. */
async function resolvePortrait({ cacheDir, onBuild }: ResolveSettings): Promise<string> {
  const dir = join(resolve(cacheDir), 'bundles', `portrait-${await portraitBundleKey()}`);
  if (await isWhole(dir)) return dir;
  onBuild?.();
  await buildPortraitBundle(dir);
  return dir;
}

async function resolvePulled(model: string, cacheDir: string): Promise<string> {
  const dir = join(resolve(cacheDir), 'models', model);
  if (await hasManifest(dir)) return dir;
  throw new AppError('model_unavailable', `The model ${model} was not fetched yet: run "npx m2fp model pull ${model}" first.`);
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
