/** Reading the data set of one photo: `masks.json`, of this version or an earlier one. */
import { annotationsPerImage, bounds, type CocoSegmentation } from '@m2fp/contract';
import { type PhotoDataset, plainAnnotation } from '@m2fp/contract/joined-coco';
import { z } from 'zod';

const side = z.int().positive();
const annotationSchema = z.object({
  category_id: z.int(),
  score: z.number(),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  area: z.number(),
  segmentation: z.custom<CocoSegmentation>(isSegmentation),
  person_id: z.int().nonnegative(),
});

const datasetSchema = z.object({
  info: z.object({ parsing: z.record(z.string(), z.unknown()).optional() }).optional(),
  images: z.tuple([z.object({ width: side, height: side })]),
  categories: z
    .array(z.object({ id: z.int(), name: z.string(), supercategory: z.string() }))
    .max(bounds.datasetCategories.max),
  annotations: z.array(annotationSchema).max(annotationsPerImage),
});

/** Undefined for what is no data set of one photo. The pixels of RLE are not looked at. */
export function readPhotoDataset(bytes: Uint8Array): PhotoDataset | undefined {
  const dataset = datasetSchema.safeParse(jsonIn(bytes)).data;
  if (dataset === undefined) return undefined;
  const { info, images, categories, annotations } = dataset;
  const known = new Set(categories.map(({ id }) => id));
  const [{ width, height }] = images;
  const isFitting =
    known.size === categories.length &&
    annotations.every(
      ({ category_id: category, segmentation }) => known.has(category) && fits(segmentation, width, height),
    );
  if (!isFitting) return undefined;
  return {
    ...{ width, height, categories, parsing: info?.parsing },
    annotations: annotations.map(plainAnnotation),
  };
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** By hand: there may be a million numbers. */
function isSegmentation(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isPolygon);
  if (typeof value !== 'object' || value === null) return false;
  const { size, counts } = value as Readonly<Record<string, unknown>>;
  return typeof counts === 'string' && Array.isArray(size) && size.length === 2;
}

function isPolygon(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 6 || value.length % 2 === 1) return false;
  return value.every((coordinate) => Number.isFinite(coordinate));
}

function fits(segmentation: CocoSegmentation, width: number, height: number): boolean {
  return !('counts' in segmentation) || (segmentation.size[0] === height && segmentation.size[1] === width);
}
