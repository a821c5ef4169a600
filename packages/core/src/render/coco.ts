import type { ParseOptions } from '@m2fp/contract';
import type { Manifest } from '../model/manifest.ts';
import type { ParsedMask, Parsing } from '../parsing/types.ts';
import { encodeRle } from './rle.ts';

/** What `masks.json` is made from. */
export interface CocoSource {
  readonly parsing: Parsing;
  readonly manifest: Manifest;
  readonly options: ParseOptions;
  /** `file_name` in the dataset: always the same, not the user's name for the photo; see `parsing/outputs.ts`. */
  readonly fileName: string;
}

/**
 * One photo's masks as a COCO dataset (https://cocodataset.org/#format-data): one image, one category per class with
 * the class's id, one annotation per mask with compressed RLE. Besides the standard keys, an annotation has `score` and
 * `person_id` (0 = nobody), and `info.parsing` says what produced it. It contains no time or path: the same photo,
 * bundle and options give the same text.
 */
export function encodeCoco(source: CocoSource): Uint8Array {
  return Buffer.from(`${JSON.stringify(buildCoco(source))}\n`, 'utf8');
}

function buildCoco({ parsing, manifest, options, fileName }: CocoSource) {
  const warning = manifest.synthetic ? ' (synthetic weights: the masks mean nothing)' : '';
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
    images: [{ id: 1, file_name: fileName, width: parsing.width, height: parsing.height }],
    categories: manifest.labels.map(({ id, name, role }) => ({ id, name, supercategory: role })),
    annotations: parsing.masks.filter(({ mask }) => mask.area > 0).map(toAnnotation),
  };
}

function toAnnotation({ classId, score, mask, personId }: ParsedMask, index: number) {
  return {
    id: index + 1,
    image_id: 1,
    category_id: classId,
    score: Math.round(score * 1e6) / 1e6,
    bbox: mask.bbox,
    area: mask.area,
    iscrowd: 0,
    segmentation: encodeRle(mask),
    person_id: personId,
  };
}
