/** masks.json as exporters read it: checked, and each annotation's mask made from whatever it is written as. */
import { AppError, type CocoCategory, type CocoSegmentation, photoLimits } from '@m2fp/contract';
import { decodeRle, type SpanMask, SpanMaskBuilder } from '@m2fp/core/render';
import { readPhotoDataset } from '../coco/photo-dataset.ts';

export interface Found {
  readonly category: CocoCategory;
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
  readonly categories: readonly CocoCategory[];
  readonly found: readonly Found[];
}

/** Throws `invalid_request` if the bytes are no masks.json of one photo. */
export function parseMasks(bytes: Uint8Array): Masks {
  const dataset = readPhotoDataset(bytes);
  if (dataset === undefined) throw unusable('it is no data set of one photo');
  const { width, height, categories, annotations, parsing } = dataset;
  const { maxPixels, maxSidePx } = photoLimits;
  // Before any mask is made: a few letters can stand for billions of pixels.
  if (width > maxSidePx || height > maxSidePx || width * height > maxPixels) throw unusable(`it is ${width}x${height}`);
  const byId = new Map(categories.map((category) => [category.id, category]));
  const found = annotations.flatMap(({ category_id, score, person_id: person, segmentation }) => {
    const category = byId.get(category_id);
    return category === undefined ? [] : [{ category, score, person, mask: () => maskOf(segmentation, width, height) }];
  });
  const model = [parsing?.['model'], parsing?.['version']].filter((part) => typeof part === 'string').join(' ');
  return { model: model || 'm2fp', width, height, categories, found };
}

function maskOf(segmentation: CocoSegmentation, width: number, height: number): SpanMask {
  if (!('counts' in segmentation)) return fill(segmentation, width, height);
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

function unusable(reason: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `masks.json cannot be used: ${reason}.`, { cause });
}
