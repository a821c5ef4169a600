import { expect, test } from 'vitest';
import { seededRandom } from '../../../testing/parsing/random-output.ts';
import { forEachRun } from '../../render/span-mask.ts';
import type { ClassValues } from './class-map.ts';
import { createKnotAxis, type KnotAxis } from './knots.ts';
import { labelByMap, labelByValues } from './label-photo.ts';
import type { SemanticInput, SemanticOutput } from './manifest.ts';
import { placePhoto } from './placement.ts';
import { scoreClasses } from './scores.ts';

const options = { short_side: 64, max_side: 128 };

/** The value of one class at one pixel, from the definition: no rows, no cells, no candidates. */
function valueAt(
  values: ClassValues,
  { x, y }: { x: KnotAxis; y: KnotAxis },
  id: number,
  px: number,
  py: number,
): number {
  const knot = (axis: KnotAxis, pixel: number) => axis.cellStart.findLastIndex((start) => start <= pixel);
  const at = (column: number, row: number) =>
    values.data[id * values.classStride + row * values.rowStride + column * values.columnStride] ?? NaN;
  const onKnot = (kx: number, ky: number): number => {
    const [left, right, top, bottom] = [x.low[kx] ?? -1, x.high[kx] ?? -1, y.low[ky] ?? -1, y.high[ky] ?? -1];
    if (left < 0 || top < 0) return 0;
    const [wx, wy] = [x.weight[kx] ?? NaN, y.weight[ky] ?? NaN];
    const line = (row: number) => at(left, row) * (1 - wx) + at(right, row) * wx;
    return line(top) * (1 - wy) + line(bottom) * wy;
  };
  const [kx, ky] = [knot(x, px), knot(y, py)];
  const [nextX, nextY] = [Math.min(kx + 1, x.low.length - 1), Math.min(ky + 1, y.low.length - 1)];
  const [u, v] = [x.place[px] ?? NaN, y.place[py] ?? NaN];
  const across = (row: number) => onKnot(kx, row) * (1 - u) + onKnot(nextX, row) * u;
  return across(ky) * (1 - v) + across(nextY) * v;
}

const contracts: [Pick<SemanticInput, 'fit' | 'size'>, Pick<SemanticOutput, 'toInput' | 'toPhoto'>][] = [
  [
    { fit: 'stretch', size: { width: 48, height: 32 } },
    { toInput: 'none', toPhoto: 'bilinear' },
  ],
  [
    { fit: 'affine', size: { width: 33, height: 33 } },
    { toInput: 'bilinear-align-corners', toPhoto: 'bilinear' },
  ],
  [
    { fit: 'letterbox', size: { width: 40, height: 24 } },
    { toInput: 'bilinear', toPhoto: 'bilinear' },
  ],
  [
    { fit: 'top-left', size: { multipleOf: 16 } },
    { toInput: 'none', toPhoto: 'bilinear-align-corners' },
  ],
  [
    { fit: 'stretch', size: { width: 24, height: 40 } },
    { toInput: 'bilinear', toPhoto: 'nearest' },
  ],
  [
    { fit: 'affine', size: { width: 20, height: 20 } },
    { toInput: 'none', toPhoto: 'bilinear' },
  ],
];

test.each(contracts)(
  '%j %j: each pixel has the class that is highest there, and no two masks share one',
  (input, output) => {
    const random = seededRandom(5);
    for (const photo of [
      { width: 90, height: 61 },
      { width: 17, height: 130 },
      { width: 1, height: 40 },
      { width: 1, height: 1 },
    ]) {
      const placement = placePhoto(photo, input, options);
      const size = { width: Math.ceil(placement.x.input / 4), height: Math.ceil(placement.y.input / 4) };
      const classes = 6;
      const area = size.width * size.height;
      const values: ClassValues = {
        ...size,
        ...{ classes, classStride: 1, rowStride: size.width * classes, columnStride: classes },
        data: Float32Array.from({ length: area * classes }, () => random() * 4 - 2),
      };
      const axes = {
        x: createKnotAxis(placement.x, size.width, output),
        y: createKnotAxis(placement.y, size.height, output),
      };
      const masks = labelByValues(values, axes, photo);
      let shared = 0;
      let worst = 0;
      const found = new Uint8Array(photo.width * photo.height);
      for (const { classId, mask } of masks) {
        forEachRun(mask, (y, start, end) => {
          for (let x = start; x < end; x++) {
            if (found[y * photo.width + x] !== 0) shared += 1;
            found[y * photo.width + x] = classId;
          }
        });
      }
      found.forEach((label, i) => {
        const at = (id: number) => valueAt(values, axes, id, i % photo.width, Math.floor(i / photo.width));
        const best = Math.max(...Array.from({ length: classes }, (_, id) => at(id)));
        worst = Math.max(worst, best - at(label));
      });
      expect(shared).toBe(0);
      // Equal but for rounding: which of two is taken then does not matter.
      expect(worst).toBeLessThan(1e-5);
      const scores = scoreClasses(values, axes, false);
      for (const { classId } of masks) expect(scores[classId]).toBeGreaterThan(1 / classes / 2);
    }
  },
);

test("a network's own label map is enlarged to the nearest", () => {
  const photo = { width: 6, height: 4 };
  const placement = placePhoto(photo, { fit: 'stretch', size: { width: 12, height: 8 } }, options);
  const output = { toInput: 'none', toPhoto: 'nearest' } as const;
  const axes = { x: createKnotAxis(placement.x, 3, output), y: createKnotAxis(placement.y, 2, output) };
  const masks = labelByMap({ width: 3, height: 2, labels: Uint8Array.of(0, 2, 2, 7, 7, 0) }, axes, photo);
  expect(masks.map(({ classId, mask }) => [classId, mask.bbox, mask.area])).toEqual([
    [2, [2, 0, 4, 2], 8],
    [7, [0, 2, 4, 2], 8],
  ]);
});
