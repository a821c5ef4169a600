/**
 * Long hair: where it continues past all views so far, and whether a view of it can be believed.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { Point } from '../sampling/similarity.ts';
import { type HeadCanvas, sampleAxes, seenPart } from './head-canvas.ts';
import { middleOf } from './head-frame.ts';
import { type PartRule, background } from './part-rules.ts';
import { likeliestAt, type ClassMap } from './segmenter.ts';
import type { View } from './view-plan.ts';

/**
 * Hair that continues shows in a ring of the canvas between these depths; the least area that counts, in squared face
 * widths; and the distance at which to give up.
 */
const ring = { from: 0.2, to: 0.5, area: 0.015, farthest: 2.6 };
const sectors = 8;

/**
 * The middle of the hair that reaches the border of what was seen, in the sector around the face that has the most of
 * it. Undefined if there is none, or if it is too far away to be followed.
 */
export function findContinuingHair(
  canvas: HeadCanvas,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): Point | undefined {
  const { classes, sums, depths } = canvas;
  const { grid, first, rowStep } = seenPart(canvas);
  const found = Array.from({ length: sectors }, () => ({ cells: 0, x: 0, y: 0 }));
  for (let i = 0; i < grid.rows; i++) {
    const y = grid.top + (i + 0.5) / grid.cellsPerWidth;
    for (let place = first + i * rowStep, j = 0; j < grid.columns; j++, place++) {
      if (depths[place]! < ring.from || depths[place]! > ring.to) continue;
      if (!rules[likeliestAt(sums, place * classes, classes)]!.isLoose) continue;
      const x = grid.left + (j + 0.5) / grid.cellsPerWidth;
      if (!isOwn(x, y)) continue;
      const sector = found[Math.round((Math.atan2(y, x) / Math.PI + 1) * (sectors / 2)) % sectors]!;
      sector.cells++;
      sector.x += x;
      sector.y += y;
    }
  }
  const most = found.reduce((best, sector) => (sector.cells > best.cells ? sector : best));
  if (most.cells < ring.area * grid.cellsPerWidth ** 2) return undefined;
  const place = { x: most.x / most.cells, y: most.y / most.cells };
  return Math.hypot(place.x, place.y) > ring.farthest ? undefined : place;
}

/** Every third cell along each axis is compared, if it is deep enough in earlier views and well inside the new one. */
const compared = { stride: 3, depth: 0.3, offsets: 0.9 };

/**
 * Whether a view can be believed. Views far from the face sometimes take stairs or a curtain for hair; they then do so
 * even where better views have seen background. Returns the share of what the view takes for hair that the canvas takes
 * for background, over the head's own cells; 0 if they have no cells in common.
 */
export function hairInDoubt(
  { grid, classes, sums, depths }: HeadCanvas,
  map: ClassMap,
  view: View,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): number {
  const { across, down } = sampleAxes(grid, view, map);
  let hair = 0;
  let doubtful = 0;
  for (let i = down.first; i < down.end; i += compared.stride) {
    for (let j = across.first; j < across.end; j += compared.stride) {
      const cell = i * grid.columns + j;
      if (depths[cell]! < compared.depth || across.offset[j]! + down.offset[i]! > compared.offsets) continue;
      const seen = likeliestAt(map.data, (down.index[i]! * map.size + across.index[j]!) * classes, classes);
      if (!rules[seen]!.isLoose) continue;
      const known = likeliestAt(sums, cell * classes, classes);
      if (known !== background && !rules[known]!.isLoose) continue;
      const { x, y } = middleOf(grid, cell);
      if (!isOwn(x, y)) continue;
      hair++;
      if (known === background) doubtful++;
    }
  }
  return hair === 0 ? 0 : doubtful / hair;
}
