import { join, resolve } from 'node:path';
import { type BuiltModelName, findBundle, findNamedBundle, isModelName, isPublished } from '@m2fp/core/bundles';
import { checkBundle } from '@m2fp/core/model';
import { buildPortraitBundle } from '../portrait/build-bundle.ts';
import { portraitBundleKey } from '../portrait/source-packages.ts';

export interface ResolveSettings {
  readonly cacheDir: string;
  /** Called before a bundle is built, which takes a while. */
  readonly onBuild?: () => void;
  /** `float32` for a built model's form before quantizing, which no package has: it is always built. */
  readonly dtype?: 'float32';
}

interface Builder {
  /** Changes with everything that the bundle is made of. */
  readonly key: (dtype?: 'float32') => Promise<string>;
  readonly build: (dir: string, dtype?: 'float32') => Promise<unknown>;
}

const builders: Readonly<Record<BuiltModelName, Builder>> = {
  portrait: { key: portraitBundleKey, build: buildPortraitBundle },
};

/**
 * As `findBundle` of core; but a named model that can be built, and is not installed as a package, is built into the
 * cache on first use. Throws `model_unavailable`.
 */
export async function resolveBundle(model: string, settings: ResolveSettings): Promise<string> {
  if (!isModelName(model) || isPublished(model)) return findBundle(model, settings.cacheDir);
  const found = settings.dtype === undefined ? findNamedBundle(model, settings.cacheDir) : undefined;
  return found ?? buildOnce(model, settings);
}

/** Built again if the bundle in the cache is damaged. Processes that build it at the same time all succeed. */
async function buildOnce(model: BuiltModelName, { cacheDir, onBuild, dtype }: ResolveSettings): Promise<string> {
  const { key, build } = builders[model];
  const name = dtype === undefined ? model : `${model}-${dtype}`;
  const dir = join(resolve(cacheDir), 'bundles', `${name}-${await key(dtype)}`);
  if (await isWhole(dir, cacheDir)) return dir;
  onBuild?.();
  await build(dir, dtype);
  return dir;
}

async function isWhole(dir: string, cacheDir: string): Promise<boolean> {
  return checkBundle(dir, cacheDir).then(
    () => true,
    () => false,
  );
}
