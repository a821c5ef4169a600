import type { Point } from '../sampling/similarity.ts';
import type { HeadSquare } from './head-frame.ts';
import type { TouchedSides } from './touched-sides.ts';

/** A square of a head that the network looks at. */
export interface View extends HeadSquare {
  /** How much it counts at its middle. */
  readonly weight: number;
  /** The view is left out where a larger share of what it takes for hair was seen to be background. */
  readonly mostDoubt: number;
  /** Shows so little of the face that what it takes for face is none. */
  readonly isFaceless: boolean;
}

/**
 * Which squares of a head are looked at. The network was trained on faces that fill about the middle half of their
 * picture: a close view sees the features best, the main one the hair and the neck. Where these go on past the main
 * view, others carry on to that side, with the face still in them: without a face, the network is lost.
 */
export interface ViewPlan {
  readonly close: View;
  readonly main: View;
  /** Carry on to the sides that the head touches in the main view, the most reliable first. */
  further(touched: TouchedSides): View[];
  /** Carries on where long hair goes on past all these; each step goes farther, from 0. */
  beyond(place: Point, step: number): View;
}

/** On photographs, views that go wrong have a share of 0.07 and more, good ones mostly 0.03 and less. */
const mostDoubt = 0.05;

/** Sides of squares, face widths: the manifest's crop, and how far the views to the sides reach together. */
export function createViewPlan(sides: { cropScale: number; widestCropScale: number }): ViewPlan {
  const { cropScale, widestCropScale } = sides;
  const main = { center: { x: 0, y: -0.05 }, side: cropScale, weight: 1, mostDoubt: 1, isFaceless: false };
  // Up and down, the face stays across the middle, and the network nearly as good as in the main view.
  const upright = { side: cropScale * 1.1, weight: 0.7, isFaceless: false };
  const side = cropScale * 1.3;
  const aside = (widestCropScale - side) / 2;
  const sideways = (x: number): View => ({ center: { x, y: 0.5 }, side, weight: 0.4, mostDoubt, isFaceless: false });
  return {
    main,
    close: { ...main, center: { x: 0, y: 0 }, side: cropScale * 0.8 },
    further: ({ left, right, top, bottom }) => [
      ...(bottom ? [{ ...upright, center: { x: 0, y: 0.6 }, mostDoubt: 1 }] : []),
      ...(top ? [{ ...upright, center: { x: 0, y: -0.6 }, mostDoubt }] : []),
      ...(left ? [sideways(-aside)] : []),
      ...(right ? [sideways(aside)] : []),
    ],
    beyond: ({ x, y }, step) => {
      const scale = (side * (0.45 + 0.15 * step)) / Math.hypot(x, y);
      return { ...sideways(0), center: { x: x * scale, y: y * scale }, isFaceless: true };
    },
  };
}
