/**
 * Finding where hair goes on past all views so far.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { Point } from '../sampling/similarity.ts';
import type { HeadCanvas } from './head-canvas.ts';
import { middleOf } from './head-grid.ts';
import { likeliestAt } from './likeliest.ts';
import type { PartRule } from './part-rules.ts';

/** Depth in the canvas of the ring where it shows, the squares of face widths that it takes, and where to give up. */
const ring = { from: 0.2, to: 0.5, area: 0.015, farthest: 2.6 };
const sectors = 8;

/**
 * The middle of the hair that reaches the border of what was seen, in the sector around the face that has most of it.
 * Undefined where there is none, or where it goes on too far away to be followed.
 */
export function hairGoingOn(
  { grid, classes, sums, depths }: HeadCanvas,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): Point | undefined {
  const found = Array.from({ length: sectors }, () => ({ cells: 0, x: 0, y: 0 }));
  for (let cell = 0; cell < depths.length; cell++) {
    if (depths[cell]! < ring.from || depths[cell]! > ring.to) continue;
    if (!rules[likeliestAt(sums, cell * classes, classes)]!.isLoose) continue;
    const { x, y } = middleOf(grid, cell);
    if (!isOwn(x, y)) continue;
    const sector = found[Math.round((Math.atan2(y, x) / Math.PI + 1) * (sectors / 2)) % sectors]!;
    sector.cells++;
    sector.x += x;
    sector.y += y;
  }
  const most = found.reduce((best, sector) => (sector.cells > best.cells ? sector : best));
  if (most.cells < ring.area * grid.cellsPerWidth ** 2) return undefined;
  const place = { x: most.x / most.cells, y: most.y / most.cells };
  return Math.hypot(place.x, place.y) > ring.farthest ? undefined : place;
}
