/**
 * Which squares of a head are looked at. The network was trained on faces that fill about the middle half of their
 * picture: a tight view sees the features best, a wider one the hair and the neck. Where these go on past the wider
 * view, others carry on to that side, with the face still in them: without a face, the network is lost.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadCanvas } from './head-canvas.ts';
import type { HeadSquare } from './head-frame.ts';
import { likeliestAt } from './likeliest.ts';
import { background, type PartRule } from './part-rules.ts';
import type { ClassMap } from './segmenter.ts';
import type { Point } from './similarity.ts';

/** A square and how much it counts at its middle. */
export interface View extends HeadSquare {
  readonly weight: number;
  /** The view is left out where a larger share of what it takes for hair was seen to be background. */
  readonly mostDoubt: number;
  /** Shows so little of the face that what it takes for face is none. */
  readonly faceless: boolean;
}

export interface ViewPlan {
  /** For the features of the face. */
  readonly close: View;
  readonly main: View;
  /** Carry on to the sides that the head touches in the main view, the most reliable first. */
  further(touched: Touched): View[];
  /** Carries on where long hair goes on past all these. */
  beyond(place: Point): View;
}

export interface Touched {
  readonly left: boolean;
  readonly right: boolean;
  readonly top: boolean;
  readonly bottom: boolean;
}

/** On photographs, views that go wrong have a share of 0.07 and more, good ones of 0.03 and less. */
const mostDoubt = 0.05;

/** Sides of the squares, face widths: the manifest's crop, and all but the farthest views together. */
export function createViewPlan(sides: { cropScale: number; widestCropScale: number }): ViewPlan {
  const { cropScale, widestCropScale } = sides;
  const believed = { mostDoubt: 1, faceless: false };
  const main = { center: { x: 0, y: -0.05 }, side: cropScale, weight: 1, ...believed };
  // Up and down, the face stays in the middle of the picture, and the network nearly as good as in the main view.
  const upright = { side: cropScale * 1.1, weight: 0.7, faceless: false };
  const side = cropScale * 1.3;
  const shift = (widestCropScale - side) / 2;
  const doubted = { side, weight: 0.4, mostDoubt };
  const sideways = (x: number): View => ({ ...doubted, center: { x, y: 0.5 }, faceless: false });
  return {
    main,
    close: { ...main, center: { x: 0, y: 0 }, side: cropScale * 0.8 },
    further: ({ left, right, top, bottom }) => [
      ...(bottom ? [{ ...upright, center: { x: 0, y: 0.6 }, mostDoubt: 1 }] : []),
      ...(top ? [{ ...upright, center: { x: 0, y: -0.6 }, mostDoubt }] : []),
      ...(left ? [sideways(-shift)] : []),
      ...(right ? [sideways(shift)] : []),
    ],
    beyond: ({ x, y }) => {
      const scale = (0.45 * side) / Math.hypot(x, y);
      return { ...doubted, center: { x: x * scale, y: y * scale }, faceless: true };
    },
  };
}

/** Share of the view's side within which something touches its border, and how long it has to be there. */
const touching = { within: 0.04, along: 0.04 };

/** The sides of a view that something of the head touches; u and v count in sides from the view's middle. */
export function touchedSides(map: ClassMap, isOwn: (u: number, v: number) => boolean): Touched {
  const { data, size, classes } = map;
  const count = { left: 0, right: 0, top: 0, bottom: 0 };
  const band = Math.ceil(touching.within * size);
  for (let i = 0; i < size; i++) {
    const inRows = i < band || i >= size - band;
    for (let j = 0; j < size; j += !inRows && j === band - 1 ? size - 2 * band + 1 : 1) {
      if (likeliestAt(data, (i * size + j) * classes, classes) === background) continue;
      const [u, v] = [(j + 0.5) / size - 0.5, (i + 0.5) / size - 0.5];
      if (!isOwn(u, v)) continue;
      if (Math.abs(u) >= Math.abs(v)) count[u < 0 ? 'left' : 'right']++;
      else count[v < 0 ? 'top' : 'bottom']++;
    }
  }
  const enough = band * touching.along * size;
  return {
    left: count.left > enough,
    right: count.right > enough,
    top: count.top > enough,
    bottom: count.bottom > enough,
  };
}

/** Depth in the canvas of the ring where what goes on past it shows, and how many face widths of hair that takes. */
const ring = { from: 0.2, to: 0.5, area: 0.015, farthest: 2.3 };
const sectors = 8;

/**
 * The middle of the hair that reaches the border of what was seen so far, in the sector around the face that has most
 * of it. Undefined where there is none, or where it goes on too far away to be followed.
 */
export function hairGoingOn(
  { grid, classes, sums, depths }: HeadCanvas,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): Point | undefined {
  const found = Array.from({ length: sectors }, () => ({ cells: 0, x: 0, y: 0 }));
  for (let i = 0, cell = 0; i < grid.rows; i++) {
    const y = grid.top + (i + 0.5) / grid.cellsPerWidth;
    for (let j = 0; j < grid.columns; j++, cell++) {
      if (depths[cell]! < ring.from || depths[cell]! > ring.to) continue;
      const x = grid.left + (j + 0.5) / grid.cellsPerWidth;
      if (!rules[likeliestAt(sums, cell * classes, classes)]!.isLoose || !isOwn(x, y)) continue;
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
