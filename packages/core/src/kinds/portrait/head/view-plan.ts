/**
 * Which squares of a head the network looks at.
 *
 * `!` only in the loops over pixels, inside bounds that the loops themselves set.
 */
import type { Point } from '../sampling/similarity.ts';
import type { HeadSquare } from './head-frame.ts';
import { background } from './part-rules.ts';
import { likeliestAt, type ClassMap } from './segmenter.ts';

/** A square of a head that the network looks at. */
export interface View extends HeadSquare {
  /** How much the view counts at its middle. */
  readonly weight: number;
  /** The view is dropped if a larger share of what it takes for hair was already seen to be background. */
  readonly maxDoubt: number;
  /** The view shows so little of the face that what it takes for parts of a face is wrong. */
  readonly isFaceless: boolean;
}

/**
 * The network was trained on faces that fill about the middle half of their picture: a close view sees the features
 * best, the main view the hair and the neck. If these continue past the main view, further views follow them to that
 * side, with the face still in the picture: without a face, the network is lost.
 */
export interface ViewPlan {
  readonly close: View;
  readonly main: View;
  /** Views toward the sides that the head touches in the main view, the most reliable first. */
  further(touched: TouchedSides): View[];
  /** A view to where long hair continues past all of these; each step, from 0 on, goes farther. */
  beyond(place: Point, step: number): View;
}

/** In photos, views that are wrong have a share of 0.07 or more, good ones mostly 0.03 or less. */
const maxDoubt = 0.05;

/** Sides of squares, face widths: the manifest's crop, and how far the sideways views reach together. */
export function createViewPlan(sides: { cropScale: number; widestCropScale: number }): ViewPlan {
  const { cropScale, widestCropScale } = sides;
  const main = { center: { x: 0, y: -0.05 }, side: cropScale, weight: 1, maxDoubt: 1, isFaceless: false };
  // Up and down, the face stays near the middle, and the network is nearly as good as in the main view.
  const upright = { side: cropScale * 1.1, weight: 0.7, isFaceless: false };
  const side = cropScale * 1.3;
  const aside = (widestCropScale - side) / 2;
  const sideways = (x: number): View => ({ center: { x, y: 0.5 }, side, weight: 0.4, maxDoubt, isFaceless: false });
  return {
    main,
    close: { ...main, center: { x: 0, y: 0 }, side: cropScale * 0.8 },
    further: ({ left, right, top, bottom }) => [
      ...(bottom ? [{ ...upright, center: { x: 0, y: 0.6 }, maxDoubt: 1 }] : []),
      ...(top ? [{ ...upright, center: { x: 0, y: -0.6 }, maxDoubt }] : []),
      ...(left ? [sideways(-aside)] : []),
      ...(right ? [sideways(aside)] : []),
    ],
    beyond: ({ x, y }, step) => {
      const scale = (side * (0.45 + 0.15 * step)) / Math.hypot(x, y);
      return { ...sideways(0), center: { x: x * scale, y: y * scale }, isFaceless: true };
    },
  };
}

interface TouchedSides {
  readonly left: boolean;
  readonly right: boolean;
  readonly top: boolean;
  readonly bottom: boolean;
}

/** Something touches a border if it is within this share of the view's side and along that share of it. */
const touching = { within: 0.05, along: 0.03 };

/** The sides of a view that the head touches; the arguments of `isOwn` are in sides from the view's middle. */
export function touchedSides(map: ClassMap, isOwn: (u: number, v: number) => boolean): TouchedSides {
  const { data, size, classes } = map;
  const band = Math.ceil(touching.within * size);
  const enough = band * touching.along * size;
  const touches = (first: number, rows: number, step: number, columns: number): boolean => {
    let count = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const pixel = first + i * step + j;
        if (isBackground(data, pixel * classes, classes)) continue;
        if (!isOwn(((pixel % size) + 0.5) / size - 0.5, (Math.floor(pixel / size) + 0.5) / size - 0.5)) continue;
        if (++count > enough) return true;
      }
    }
    return false;
  };
  return {
    left: touches(0, size, size, band),
    right: touches(size - band, size, size, band),
    top: touches(0, band, size, size),
    bottom: touches((size - band) * size, band, size, size),
  };
}

/** More than half decides it without a look at the other classes. */
function isBackground(data: Float32Array, start: number, classes: number): boolean {
  return data[start + background]! > 0.5 || likeliestAt(data, start, classes) === background;
}
