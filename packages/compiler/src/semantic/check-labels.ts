/** `semantic` bundles against golden cases: photos, the logits and label maps that the reference made of them. */
// `!` below: a loop over two arrays of the same length.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, parseOptionsSchema } from '@m2fp/contract';
import { openPhoto } from '@m2fp/core/image';
import type { Bundle, FloatTensor, SessionSettings } from '@m2fp/core/model';
import { loadSemantic, type SemanticManifest } from '@m2fp/core/parsing';
import { paintColormap } from '@m2fp/core/render';
import { z } from 'zod';
import { rangeDifference } from '../golden/check-masks.ts';
import { readFloatNpy } from '../golden/npy.ts';

/** Checks begin at a JPEG, whose decoders differ by a few levels, and OpenCV resizes in steps. */
export const labelTolerances = {
  /** Largest difference of a logit, divided by the logits' range (max - min). */
  logits: 0.02,
  /** Share of the pixels that have the same class. */
  pixels: 0.995,
} as const;

/** One golden case. */
export interface LabelsReport {
  readonly what: 'labels';
  readonly name: string;
  /** The largest difference, divided by the reference's range. */
  readonly logits: number;
  /** Share of the pixels that have the same class, 0..1. */
  readonly pixels: number;
  readonly passed: boolean;
}

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
/** The part of `cases.json` that is needed; anything else in it is ignored. */
const casesSchema = z.object({ cases: z.array(z.object({ name: fileName, image: fileName })).min(1) });

/** Throws `invalid_request` and `input_not_found` for golden cases that are none, or of another network. */
export async function* checkLabels(
  bundle: Bundle<SemanticManifest>,
  goldenDir: string,
  settings: SessionSettings,
): AsyncGenerator<LabelsReport> {
  const { cases } = await readCases(goldenDir);
  const parser = await loadSemantic(bundle, settings);
  try {
    for (const { name, image } of cases) {
      const photo = await openPhoto(await readFile(await findPhoto(goldenDir, image)));
      const { parsing, raw } = await parser.run(photo, parseOptionsSchema.parse({}));
      const logits = await compareLogits(join(goldenDir, `${name}.logits.npy`), raw);
      const colormap = paintColormap(parsing, bundle.manifest.labels, 0);
      const pixels = await compareLabels(join(goldenDir, `${name}.labels.png`), colormap);
      const passed = logits <= labelTolerances.logits && pixels >= labelTolerances.pixels;
      yield { what: 'labels', name, logits, pixels, passed };
    }
  } finally {
    await parser.close();
  }
}

async function readCases(dir: string): Promise<z.infer<typeof casesSchema>> {
  const path = join(dir, 'cases.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('invalid_request', `There is no cases.json in ${dir}.`, { cause: error });
  });
  try {
    return casesSchema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON.';
    throw new AppError('invalid_request', `${path} cannot be used: ${why}`, { cause: error });
  }
}

/** Beside the cases, or in a folder `photos` there or further up: golden folders share their photos. */
async function findPhoto(dir: string, image: string): Promise<string> {
  const places = ['.', 'photos', '../photos', '../../photos'].map((folder) => join(dir, folder, image));
  for (const path of places) if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  throw new AppError('input_not_found', `The photo ${image} is neither in ${dir} nor in a folder photos above it.`);
}

/** Without the dimensions that are 1. Throws `invalid_request` for logits of another network. */
async function compareLogits(path: string, found: FloatTensor): Promise<number> {
  const expected = await readFloatNpy(path);
  const significant = (shape: readonly number[]) => `[${shape.filter((size) => size !== 1).join(', ')}]`;
  if (significant(expected.shape) !== significant(found.shape)) {
    throw new AppError(
      'invalid_request',
      `${path} is from another network: [${expected.shape.join(', ')}] there, [${found.shape.join(', ')}] here.`,
    );
  }
  return rangeDifference(found.data, expected.data);
}

/** The share of equal pixels. A label map is a gray picture whose levels are class ids. */
async function compareLabels(path: string, found: Uint8Array): Promise<number> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('input_not_found', `${path} cannot be read.`, { cause });
  });
  const { data, width, height } = await (await openPhoto(bytes)).rgb();
  if (width * height !== found.length) {
    throw new AppError('invalid_request', `${path} is ${width} x ${height} px, which is not the photo's size.`);
  }
  let equal = 0;
  for (let i = 0; i < found.length; i++) {
    const [red, green, blue] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    if (red !== green || red !== blue) {
      throw new AppError('invalid_request', `${path} is not a gray picture of class ids.`);
    }
    if (red === found[i]) equal += 1;
  }
  return equal / found.length;
}
