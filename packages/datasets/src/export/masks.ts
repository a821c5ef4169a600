/** masks.json as exporters read it: checked, and each annotation's mask made from whatever it is written as. */
import { AppError, bounds, photoLimits } from '@m2fp/contract';
import { decodeRle, type SpanMask, SpanMaskBuilder } from '@m2fp/core/render';
import { z } from 'zod';

const side = z.int().positive().max(photoLimits.maxSidePx);
const rleSchema = z.object({ size: z.tuple([side, side]), counts: z.string() });
const polygonsSchema = z.array(z.array(z.number()).min(6)).min(1);

const categorySchema = z.object({ id: z.int().min(0).max(255), name: z.string().min(1), supercategory: z.string() });
export type Category = z.infer<typeof categorySchema>;

const annotationSchema = z.object({
  category_id: z.int(),
  score: z.number(),
  person_id: z.int().nonnegative(),
  area: z.number(),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  segmentation: z.union([rleSchema, polygonsSchema]),
});

/** Of what `encodeCoco` (packages/core) writes: what exporters use. */
const masksSchema = z.object({
  info: z.object({ parsing: z.object({ model: z.string(), version: z.string() }) }),
  images: z.tuple([z.object({ file_name: z.string(), width: side, height: side })]),
  categories: z.array(categorySchema).min(1),
  annotations: z.array(annotationSchema),
});

export interface Found {
  readonly category: Category;
  /** 0..1 */
  readonly score: number;
  /** 1 .. people; 0 = nobody. */
  readonly person: number;
  readonly mask: () => SpanMask;
}

/** What was found in a photo. */
export interface Masks {
  /** Its name and version. */
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly categories: readonly Category[];
  readonly found: readonly Found[];
}

/** Throws `invalid_request` if the bytes are no masks.json of one photo. */
export function parseMasks(bytes: Uint8Array): Masks {
  const parsed = masksSchema.safeParse(parsedJson(bytes));
  if (!parsed.success) throw unusable(z.prettifyError(parsed.error), parsed.error);
  const { info, images, categories, annotations } = parsed.data;
  const [{ width, height }] = images;
  const byId = new Map(categories.map((category) => [category.id, category]));
  const found = annotations.map(({ category_id, score, person_id: person, segmentation }, place) => {
    const category = byId.get(category_id);
    if (category === undefined) throw unusable(`annotation ${place} has the unknown category ${category_id}`);
    return { category, score, person, mask: () => maskOf(segmentation, width, height) };
  });
  const { model, version } = info.parsing;
  return { model: `${model} ${version}`, width, height, categories, found };
}

function maskOf(segmentation: z.infer<typeof annotationSchema>['segmentation'], width: number, height: number) {
  if (Array.isArray(segmentation)) return fill(segmentation, width, height);
  const [rleHeight, rleWidth] = segmentation.size;
  if (rleHeight !== height || rleWidth !== width) throw unusable(`an RLE is ${rleWidth}x${rleHeight}`);
  try {
    return decodeRle(segmentation);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * The pixels whose centers lie inside of an odd number of polygons' edges: what `polygonsOf` (packages/core) made them
 * from. `!` only on indices below lengths just measured.
 */
function fill(polygons: readonly (readonly number[])[], width: number, height: number): SpanMask {
  const crossings = new Map<number, number[]>();
  let edges = 0;
  for (const polygon of polygons) {
    for (let i = 0; i + 1 < polygon.length; i += 2) {
      const [x0, y0] = [polygon[i]!, polygon[i + 1]!];
      const [x1, y1] = [polygon[(i + 2) % polygon.length]!, polygon[(i + 3) % polygon.length]!];
      const [top, bottom] = [Math.max(0, Math.ceil(Math.min(y0, y1) - 0.5)), Math.min(height, Math.max(y0, y1) - 0.5)];
      for (let y = top; y < bottom; y++) {
        if (++edges > mostCrossings) throw unusable('a polygon has too many edges');
        const x = x0 + ((y + 0.5 - y0) / (y1 - y0)) * (x1 - x0);
        const row = crossings.get(y);
        if (row === undefined) crossings.set(y, [x]);
        else row.push(x);
      }
    }
  }
  const builder = new SpanMaskBuilder(width, height);
  for (const y of [...crossings.keys()].sort((a, b) => a - b)) {
    const xs = crossings
      .get(y)!
      .map((x) => Math.min(width, Math.max(0, Math.ceil(x - 0.5))))
      .sort((a, b) => a - b);
    for (let i = 0; i + 1 < xs.length; i += 2) builder.add(y, xs[i]!, xs[i + 1]!);
  }
  return builder.finish();
}

/** Two for each run of a mask; a mask has far fewer runs than pixels, unless it is noise. */
const mostCrossings = photoLimits.maxPixels;

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}

export function unusable(reason: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `masks.json cannot be used: ${reason.slice(0, bounds.problemText.max)}.`, {
    cause,
  });
}
