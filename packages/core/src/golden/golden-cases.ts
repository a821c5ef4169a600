import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Box, Size } from '../parsing/resize/resize-steps.ts';
import { parseNpy } from './npy.ts';

/** What is needed of `cases.json`; whatever else it holds is left alone. */
const casesSchema = z.object({
  cases: z
    .array(
      z.object({
        name: z.string().regex(/^[A-Za-z0-9_-]+$/),
        width: z.int().positive(),
        height: z.int().positive(),
        crop_box: z.tuple([z.int(), z.int(), z.int(), z.int()]).nullable(),
        labels: z.array(z.string()),
        scores: z.array(z.number()),
      }),
    )
    .min(1),
});
type CaseEntry = z.infer<typeof casesSchema>['cases'][number];

/** One mask of the reference: bits packed along the rows, highest bit first; each row starts a byte. */
export interface GoldenMask {
  readonly label: string;
  readonly score: number;
  readonly bits: Uint8Array;
}

/** What the reference computed for one photo. */
export interface GoldenCase {
  readonly name: string;
  readonly photo: Size;
  /** The part of `input` that the photo takes up. */
  readonly cut: Box;
  /** RGB planes, 0..255, resized but neither normalised nor padded: 3 x height x width. */
  readonly input: Size & { readonly data: Float32Array };
  readonly logits: { readonly shape: readonly number[]; readonly data: Float32Array };
  readonly maskLogits: { readonly shape: readonly number[]; readonly data: Float32Array };
  readonly masks: readonly GoldenMask[];
}

/** Reads the golden cases of a folder one by one. Throws `invalid_request` for a folder that holds none. */
export async function* readGoldenCases(dir: string): AsyncGenerator<GoldenCase> {
  const text = await readFile(join(dir, 'cases.json'), 'utf8').catch((error: unknown) => {
    throw new AppError('invalid_request', `There is no cases.json in ${dir}.`, { cause: error });
  });
  for (const entry of parseCases(text, dir)) yield await readCase(dir, entry);
}

function parseCases(text: string, dir: string): CaseEntry[] {
  try {
    return casesSchema.parse(JSON.parse(text)).cases;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON.';
    throw new AppError('invalid_request', `${join(dir, 'cases.json')} cannot be used: ${why}`, { cause: error });
  }
}

async function readCase(dir: string, entry: CaseEntry): Promise<GoldenCase> {
  const read = (part: string) => readArray(dir, `${entry.name}.${part}.npy`);
  const input = await read('input');
  const height = input.shape[1] ?? 0;
  const width = input.shape[2] ?? 0;
  const [x0, y0, x1, y1] = entry.crop_box ?? [0, 0, width, height];
  const masks = await read('masks');
  if (!(masks.data instanceof Uint8Array)) throw notWhatItShouldBe(dir, entry.name);
  const bytes = Math.ceil(entry.width / 8) * entry.height;
  const packed = masks.data;
  if (packed.length !== bytes * entry.labels.length || entry.scores.length !== entry.labels.length) {
    throw notWhatItShouldBe(dir, entry.name);
  }
  return {
    name: entry.name,
    photo: { width: entry.width, height: entry.height },
    cut: { x0, y0, x1, y1 },
    input: { width, height, data: asFloats(input.data, dir, entry.name) },
    logits: await readFloats(dir, entry.name, 'pred_logits'),
    maskLogits: await readFloats(dir, entry.name, 'pred_masks'),
    masks: entry.labels.map((label, i) => ({
      label,
      score: entry.scores[i] ?? 0,
      bits: packed.subarray(i * bytes, (i + 1) * bytes),
    })),
  };
}

async function readFloats(dir: string, name: string, part: string) {
  const { shape, data } = await readArray(dir, `${name}.${part}.npy`);
  return { shape, data: asFloats(data, dir, name) };
}

async function readArray(dir: string, fileName: string) {
  const bytes = await readFile(join(dir, fileName)).catch((error: unknown) => {
    throw new AppError('invalid_request', `${fileName} cannot be read in ${dir}.`, { cause: error });
  });
  return parseNpy(bytes, fileName);
}

function asFloats(data: Float32Array | Uint8Array, dir: string, name: string): Float32Array {
  if (data instanceof Float32Array) return data;
  throw notWhatItShouldBe(dir, name);
}

function notWhatItShouldBe(dir: string, name: string): AppError {
  return new AppError(
    'invalid_request',
    `The arrays of ${name} in ${dir} have not the types and sizes of a golden case.`,
  );
}
