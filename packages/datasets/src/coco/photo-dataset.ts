/** Reading the data set of one photo: `masks.json`, of this version or an earlier one. */
import {
  annotationsPerImage,
  bounds,
  type CocoAnnotation,
  type CocoCategory,
  type CocoSegmentation,
} from '@m2fp/contract';
import { z } from 'zod';

/** A photo's masks, checked. Its ids are those within the file. */
export interface PhotoDataset {
  /** px */
  readonly width: number;
  readonly height: number;
  readonly categories: readonly CocoCategory[];
  readonly annotations: readonly Omit<CocoAnnotation, 'id' | 'image_id'>[];
  /** What made it: model, kind, version, options … as the file says; undefined if it does not. */
  readonly parsing: Readonly<Record<string, unknown>> | undefined;
}

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
    annotations: annotations.map(({ category_id, score, bbox, area, segmentation, person_id }) => ({
      ...{ category_id, score, bbox, area, iscrowd: 0, segmentation, person_id },
      attributes: { person_id, score },
    })),
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
