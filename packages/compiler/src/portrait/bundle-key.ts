import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findPortraitSources, type SourcePackage } from './source-packages.ts';

/** The compiler's folders that decide what the bundle looks like. */
const compilerFolders = ['onnx', 'portrait', 'tfjs'];

/**
 * A key that changes with anything the portrait bundle is made of: the packages' versions and model files, and the
 * source of the compiler. 16 hex digits. Throws `model_unavailable` where a package is not installed.
 */
export async function portraitBundleKey(): Promise<string> {
  const { detector, segmenter } = await findPortraitSources();
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
  const isSource = (file: string) => /\.[jt]s$/.test(file) && !/\.(test|test-support|d)\.[jt]s$/.test(file);
  return files.filter(isSource).sort();
}
