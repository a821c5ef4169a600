import { createAxis, type AxisTables } from './axis-tables.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box in px; `x1` and `y1` are exclusive. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * A mask's way from the network to the photo: logits are resized to the padded input, cut to the part that the photo
 * took up, and the cut map is resized to the photo. The second resize clamps at the edges of the cut, not at those of
 * the padded input.
 */
export interface ResizeSteps {
  readonly logits: Size;
  readonly padded: Size;
  readonly cut: Box;
  readonly photo: Size;
}

export interface Axes {
  readonly x: AxisTables;
  readonly y: AxisTables;
}

/** For values that go from the logits to the photo unchanged: fewer knots, same result. */
export function createAxes(steps: ResizeSteps): Axes {
  return createBothAxes(steps, true);
}

/** For values that change between the two resizes: every position of the cut map is a knot. */
export function createAxesOfAllKnots(steps: ResizeSteps): Axes {
  return createBothAxes(steps, false);
}

function createBothAxes({ logits, padded, cut, photo }: ResizeSteps, leaveOutCollinear: boolean): Axes {
  return {
    x: createAxis({
      logits: logits.width,
      padded: padded.width,
      cut: [cut.x0, cut.x1],
      photo: photo.width,
      leaveOutCollinear,
    }),
    y: createAxis({
      logits: logits.height,
      padded: padded.height,
      cut: [cut.y0, cut.y1],
      photo: photo.height,
      leaveOutCollinear,
    }),
  };
}
