import { describe, expect, it } from 'vitest';
import { bounds, parseOptionsSchema, type ParseOptions } from '@m2fp/contract';
import { testManifest } from '../../testing/model/test-manifests.ts';
import { drawMask, maskFromBitmap, parsingOf } from '../../testing/render/draw.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ParsedMask } from '../parsing/types.ts';
import { encodeCoco } from './coco.ts';
import { decodeRle } from './rle.ts';

const manifest: Manifest = { ...testManifest, name: 'people', version: '2' };
const options = parseOptionsSchema.parse({ score_threshold: 0.3 });
const hat = drawMask('.....', '.###.', '.#.#.', '.....');
const masks: ParsedMask[] = [
  { classId: 1, score: 0.87654321, mask: hat, personId: 1 },
  { classId: 2, score: 0.7, mask: drawMask('.....', '.....', '.....', '.....'), personId: 0 },
  { classId: 9, score: 0.5, mask: drawMask('#####', '#####', '#####', '#####'), personId: 1 },
];

function datasetOf(
  given: Manifest,
  found: readonly ParsedMask[] = masks,
  changes: Partial<ParseOptions> = {},
): unknown {
  const parsing = { ...parsingOf(found, 1), scale: 0.5 };
  const source = { parsing, manifest: given, options: { ...options, ...changes }, fileName: 'group/1.jpg' };
  return JSON.parse(Buffer.from(encodeCoco(source)).toString());
}

describe('encodeCoco', () => {
  it('writes a COCO dataset of one image', () => {
    expect(datasetOf(manifest)).toEqual({
      info: {
        description: 'Human parsing by people 2',
        version: '1.0',
        parsing: { model: 'people', kind: 'm2fp', version: '2', synthetic: false, scale: 0.5, people: 1, options },
      },
      licenses: [],
      images: [{ id: 1_772_438_930, file_name: 'group/1.jpg', width: 5, height: 4 }],
      categories: [
        { id: 0, name: 'Background', supercategory: 'background' },
        { id: 1, name: 'Hat', supercategory: 'part' },
        { id: 2, name: 'Hair', supercategory: 'part' },
        { id: 4, name: 'Face', supercategory: 'part' },
        { id: 9, name: 'Human', supercategory: 'person' },
      ],
      annotations: [
        {
          id: 14_519_819_714_561,
          image_id: 1_772_438_930,
          category_id: 1,
          score: 0.876543,
          bbox: [1, 1, 3, 2],
          area: 5,
          iscrowd: 0,
          // pycocotools 2.0.11: mask.encode(numpy.asfortranarray(hat)) gives the same.
          segmentation: { size: [4, 5], counts: '522O112' },
          person_id: 1,
          attributes: { person_id: 1, score: 0.876543 },
        },
        {
          id: 14_519_819_714_562,
          image_id: 1_772_438_930,
          category_id: 9,
          score: 0.5,
          bbox: [0, 0, 5, 4],
          area: 20,
          iscrowd: 0,
          segmentation: { size: [4, 5], counts: '0d0' },
          person_id: 1,
          attributes: { person_id: 1, score: 0.5 },
        },
      ],
    });
  });

  it('says so if the weights are synthetic', () => {
    expect(datasetOf({ ...manifest, synthetic: true })).toMatchObject({
      info: { description: expect.stringContaining('synthetic weights') as string, parsing: { synthetic: true } },
    });
  });

  it('has no annotations for a photo without people', () => {
    expect(datasetOf(manifest, masks.slice(1, 2))).toMatchObject({ images: [{ width: 5 }], annotations: [] });
  });

  it('gives masks back intact', () => {
    const dataset = datasetOf(manifest) as { annotations: { segmentation: Parameters<typeof decodeRle>[0] }[] };
    expect(dataset.annotations.map(({ segmentation }) => decodeRle(segmentation))).toEqual([
      masks[0]?.mask,
      masks[2]?.mask,
    ]);
  });

  it('writes polygons on request, with box and area of the mask', () => {
    expect(datasetOf(manifest, masks.slice(0, 1), { polygons: true })).toMatchObject({
      annotations: [{ bbox: [1, 1, 3, 2], area: 5, segmentation: [[1, 1, 4, 1, 4, 3, 3, 3, 3, 2, 2, 2, 2, 3, 1, 3]] }],
    });
  });

  it('keeps RLE for masks that would take more corners than allowed', () => {
    const side = 1_500;
    const checkered = Uint8Array.from({ length: side * side }, (_, i) => (i + Math.floor(i / side)) % 2);
    const noise: ParsedMask = { classId: 1, score: 0.5, mask: maskFromBitmap(checkered, side, side), personId: 1 };
    expect(noise.mask.area * 4).toBeGreaterThan(bounds.polygonPoints.max);
    const square = { ...noise, mask: drawMask('##', '##') };
    expect(datasetOf(manifest, [square, noise, square], { polygons: true })).toMatchObject({
      annotations: [
        { segmentation: [[0, 0, 2, 0, 2, 2, 0, 2]] },
        { segmentation: { size: [side, side] } },
        { segmentation: [[0, 0, 2, 0, 2, 2, 0, 2]] },
      ],
    });
  });
});
