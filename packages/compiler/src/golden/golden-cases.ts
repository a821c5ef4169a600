import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@m2fp/contract';
import type { FloatTensor } from '@m2fp/core/model';
import type { Box, Size } from '@m2fp/core/parsing';
import { z } from 'zod';
import { readByteNpy, readDoubleNpy, readFloatNpy } from './npy.ts';

/** The part of `cases.json` that is needed; anything else in it is ignored. */
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
  /** RGB planes, 0..255, resized but neither normalized nor padded: 3 x height x width. */
  readonly input: Size & { readonly data: Float32Array };
  /** The network's two outputs, `pred_logits` [Q, C + 1] and `pred_masks` [Q, h, w]. */
  readonly output: { readonly pred_logits: FloatTensor; readonly pred_masks: FloatTensor };
  /** The same in float64, where there is a file of it: what rounding, the reference's or another's, is measured by. */
  readonly exact: { readonly pred_logits?: Float64Array; readonly pred_masks?: Float64Array };
  readonly masks: readonly GoldenMask[];
}

/** Reads the golden cases of a folder one by one. Throws `invalid_request` for a folder without any. */
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
  const path = (part: string) => join(dir, `${entry.name}.${part}.npy`);
  const input = await readFloatNpy(path('input'));
  const [planes, height = 0, width = 0] = input.shape;
  if (planes !== 3 || input.shape.length !== 3) {
    throw new AppError('invalid_request', `${path('input')} cannot be used: it is not 3 x height x width.`);
  }
  const [x0, y0, x1, y1] = entry.crop_box ?? [0, 0, width, height];
  const [pred_logits, pred_masks] = [await readFloatNpy(path('pred_logits')), await readFloatNpy(path('pred_masks'))];
  const exactLogits = await readExact(path('pred_logits.float64'), pred_logits);
  const exactMasks = await readExact(path('pred_masks.float64'), pred_masks);
  return {
    name: entry.name,
    photo: { width: entry.width, height: entry.height },
    cut: { x0, y0, x1, y1 },
    input: { width, height, data: input.data },
    output: { pred_logits, pred_masks },
    exact: { ...(exactLogits && { pred_logits: exactLogits }), ...(exactMasks && { pred_masks: exactMasks }) },
    masks: await readMasks(path('masks'), entry),
  };
}

async function readExact(path: string, rounded: FloatTensor): Promise<Float64Array | undefined> {
  const found = await readDoubleNpy(path);
  if (found === undefined) return undefined;
  if (found.shape.join() === rounded.shape.join()) return found.data;
  const [exact, expected] = [found.shape, rounded.shape].map((shape) => `[${shape.join(', ')}]`);
  throw new AppError('invalid_request', `${path} cannot be used: it is ${exact}, its float32 ${expected}.`);
}

async function readMasks(path: string, { width, height, labels, scores }: CaseEntry): Promise<GoldenMask[]> {
  const { data } = await readByteNpy(path);
  const bytes = Math.ceil(width / 8) * height;
  if (data.length !== bytes * labels.length || scores.length !== labels.length) {
    throw new AppError(
      'invalid_request',
      `${path} cannot be used: it does not hold ${labels.length} masks of the photo's size.`,
    );
  }
  return labels.map((label, i) => ({ label, score: scores[i] ?? 0, bits: data.subarray(i * bytes, (i + 1) * bytes) }));
}
