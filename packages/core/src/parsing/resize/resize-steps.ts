// `!` below: typed arrays read at indices that their own tables hold.
import { createLerpTable, sliceLerpTable, type LerpTable } from './lerp-table.ts';

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
 * The way of a mask from the network to the photo: logits are resized to the padded input, cut there to the part that
 * the photo took up, and the cut map is resized to the photo. The second resize clamps at the cut's edges, not at the
 * padded input's.
 */
export interface ResizeSteps {
  readonly logits: Size;
  readonly padded: Size;
  readonly cut: Box;
  readonly photo: Size;
}

/**
 * Both resizes along one axis. The cut map's positions are the knots: between two of them a resized row or column is
 * a straight line. Cell k lies between the knots k and k + 1; the last cell has no width, for pixels past the last knot.
 */
export interface AxisTables {
  /** Logits to knots; its length is the cut's. */
  readonly knots: LerpTable;
  /** Knots to pixels of the photo; a pixel's `low` is its cell. */
  readonly pixels: LerpTable;
  /** Cell k holds the pixels `cellStart[k] .. cellStart[k + 1] - 1`; one more entry than there are cells. */
  readonly cellStart: Int32Array;
  /** Mean and variance, a cell, of its pixels' places between its two knots (0..1). */
  readonly cellMean: Float64Array;
  readonly cellVariance: Float64Array;
}

export function createAxes(steps: ResizeSteps): { readonly x: AxisTables; readonly y: AxisTables } {
  const { logits, padded, cut, photo } = steps;
  return {
    x: createAxis(logits.width, padded.width, cut.x0, cut.x1, photo.width),
    y: createAxis(logits.height, padded.height, cut.y0, cut.y1, photo.height),
  };
}

function createAxis(logits: number, padded: number, cutFrom: number, cutTo: number, photo: number): AxisTables {
  const knots = sliceLerpTable(createLerpTable(logits, padded), cutFrom, cutTo);
  const cells = cutTo - cutFrom;
  const pixels = createLerpTable(cells, photo);
  const cellStart = new Int32Array(cells + 1);
  let pixel = 0;
  for (let cell = 0; cell <= cells; cell++) {
    while (pixel < photo && pixels.low[pixel]! < cell) pixel++;
    cellStart[cell] = pixel;
  }
  return { knots, pixels, cellStart, ...placesInCells(pixels.weight, cellStart) };
}

function placesInCells(places: Float32Array, cellStart: Int32Array): Pick<AxisTables, 'cellMean' | 'cellVariance'> {
  const cells = cellStart.length - 1;
  const cellMean = new Float64Array(cells);
  const cellVariance = new Float64Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const inCell = places.subarray(cellStart[cell], cellStart[cell + 1]);
    if (inCell.length === 0) continue;
    const mean = inCell.reduce((sum, place) => sum + place, 0) / inCell.length;
    cellMean[cell] = mean;
    cellVariance[cell] = inCell.reduce((sum, place) => sum + (place - mean) ** 2, 0) / inCell.length;
  }
  return { cellMean, cellVariance };
}

/**
 * The cells (`from .. to - 1`) that can hold a positive value where only the logits `first .. last` along this axis are
 * positive: what is interpolated from values of which none is positive is not positive.
 */
export function cellsReached(axis: AxisTables, first: number, last: number): { from: number; to: number } {
  const { low, high } = axis.knots;
  let from = 0;
  while (from < low.length && high[from]! < first) from++;
  let to = low.length;
  while (to > from && low[to - 1]! > last) to--;
  return { from: Math.max(0, from - 1), to };
}
