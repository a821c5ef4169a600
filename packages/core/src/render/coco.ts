import { annotationIdOf, bounds, imageIdOf, type ParseOptions } from '@m2fp/contract';
import type { CocoAnnotation, CocoDataset, CocoSegmentation } from '@m2fp/contract';
import type { Manifest } from '../model/manifest.ts';
import type { ParsedMask, Parsing } from '../parsing/types.ts';
import { polygonsOf } from './polygons.ts';
import { encodeRle } from './rle.ts';
import type { SpanMask } from './span-mask.ts';

/** What `masks.json` is made from. */
export interface CocoSource {
  readonly parsing: Parsing;
  readonly manifest: Manifest;
  readonly options: ParseOptions;
  /** `file_name` in the dataset: the photo's own name, which its id comes from. */
  readonly fileName: string;
}

/**
 * One photo's masks as a COCO dataset (https://cocodataset.org/#format-data): one image, one category per class with
 * the class's id, one annotation per mask with compressed RLE or, if `options.polygons` says so, polygons. Besides the
 * standard keys, an annotation has `score` and `person_id` (0 = nobody), and `info.parsing` says what produced it. It
 * contains no time or path: the same photo, name, bundle and options give the same text.
 */
export function encodeCoco(source: CocoSource): Uint8Array {
  return Buffer.from(`${JSON.stringify(buildCoco(source))}\n`, 'utf8');
}

function buildCoco({ parsing, manifest, options, fileName }: CocoSource): CocoDataset {
  const warning = manifest.synthetic ? ' (synthetic weights: the masks mean nothing)' : '';
  const imageId = imageIdOf(fileName);
  const segment = options.polygons ? createPolygonWriter() : createRleWriter();
  return {
    info: {
      description: `Human parsing by ${manifest.name} ${manifest.version}${warning}`,
      version: '1.0',
      parsing: {
        model: manifest.name,
        kind: manifest.kind,
        version: manifest.version,
        synthetic: manifest.synthetic,
        scale: parsing.scale,
        people: parsing.people,
        options,
      },
    },
    licenses: [],
    images: [{ id: imageId, file_name: fileName, width: parsing.width, height: parsing.height }],
    categories: manifest.labels.map(({ id, name, role }) => ({ id, name, supercategory: role })),
    annotations: parsing.masks
      .filter(({ mask }) => mask.area > 0)
      .map((found, place) => toAnnotation(found, imageId, place, segment)),
  };
}

function toAnnotation(
  { classId, score: exactScore, mask, personId }: ParsedMask,
  imageId: number,
  place: number,
  segment: (mask: SpanMask) => CocoSegmentation,
): CocoAnnotation {
  const score = Math.round(exactScore * 1e6) / 1e6;
  return {
    id: annotationIdOf(imageId, place),
    image_id: imageId,
    category_id: classId,
    score,
    bbox: mask.bbox,
    area: mask.area,
    iscrowd: 0,
    segmentation: segment(mask),
    person_id: personId,
    attributes: { person_id: personId, score },
  };
}

/** A mask that is of several classes is encoded once. */
function createRleWriter(): (mask: SpanMask) => CocoSegmentation {
  const written = new Map<SpanMask, CocoSegmentation>();
  return (mask) => {
    const segmentation = written.get(mask) ?? encodeRle(mask);
    written.set(mask, segmentation);
    return segmentation;
  };
}

/** Polygons take many times the bytes of RLE if a mask is nothing but noise. */
function createPolygonWriter(): (mask: SpanMask) => CocoSegmentation {
  let points = 0;
  return (mask) => {
    // Each run has two edges, each with at most two corners.
    const most = 2 * mask.runs.length;
    const polygons = points + most > 4 * bounds.polygonPoints.max ? [] : polygonsOf(mask);
    const added = polygons.reduce((sum, { length }) => sum + length / 2, 0);
    if (polygons.length === 0 || points + added > bounds.polygonPoints.max) return encodeRle(mask);
    points += added;
    return polygons;
  };
}
