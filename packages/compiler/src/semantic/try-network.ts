/** Runs a network once before it becomes a bundle, so that what does not fit is not said with the first photo. */
import { basename, join, resolve } from 'node:path';
import { parseOptionsSchema } from '@m2fp/contract';
import type { Photo } from '@m2fp/core/image';
import { type Bundle, shortened } from '@m2fp/core/model';
import { loadSemantic, type SemanticManifest } from '@m2fp/core/parsing';
import { graphFileName } from '../m2fp/bundle-manifest.ts';
import { unusable } from './bundle-draft.ts';
import type { NetworkFile } from './network-file.ts';

/** For a network that takes any size: large enough for any stride, and quick. */
const trialOptions = parseOptionsSchema.parse({ short_side: 256, max_side: 512 });

/** Parses a made-up picture. Throws `model_unavailable` with the reason of onnxruntime. */
export async function tryNetwork(
  manifest: SemanticManifest,
  dir: string,
  { path, file, threads }: { readonly path: string; readonly file: NetworkFile; readonly threads: number },
): Promise<void> {
  const inDir = (file: string): string => join(dir, file);
  const bundle: Bundle<SemanticManifest> = { dir, manifest, path: inDir, graph: inDir };
  try {
    const parser = await loadSemantic(bundle, { threads });
    try {
      await parser.parse(trialPhoto(320, 240), trialOptions);
    } finally {
      await parser.close();
    }
  } catch (error) {
    throw unusable(path, `${reasonOf(error, path, dir)}${sizeHint(file, manifest)}`, error);
  }
}

function trialPhoto(width: number, height: number): Photo {
  const picture = (w: number, h: number) => ({
    ...{ width: w, height: h },
    data: Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 37) % 256),
  });
  return {
    ...{ width, height, format: 'png' },
    rgb: async () => picture(width, height),
    resized: async (toWidth, toHeight) => picture(toWidth, toHeight),
  };
}

/** For a network with another fixed size than the contract's: perhaps it only is of another size. */
function sizeHint({ inputs }: NetworkFile, { input }: SemanticManifest): string {
  const shape = inputs[0]?.shape ?? [];
  const [height, width] = input.layout === 'nchw' ? shape.slice(2) : shape.slice(1);
  if (shape.length !== 4 || typeof width !== 'number' || typeof height !== 'number') return '';
  if ('width' in input.size && input.size.width === width && input.size.height === height) return '';
  return `. If it was trained for that size: --size ${width}x${height}`;
}

/** What onnxruntime says, on one line, about the user's own file. `dir`: where it was tried. */
export function reasonOf(error: unknown, path: string, dir?: string): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` ${error.cause.message}` : '';
  const text = `${error.message}${cause}`.replaceAll(resolve(path), basename(path));
  const named =
    dir === undefined ? text : text.replaceAll(join(dir, graphFileName), basename(path)).replaceAll(dir, '');
  return shortened(named.replace(/\s+/g, ' ').trim(), 600).replace(/\.$/, '');
}
