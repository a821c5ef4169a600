// `!` below: typed arrays read at indices that their own tables hold.
import { createLerpTable, sliceLerpTable, type LerpTable } from './lerp-table.ts';

/**
 * Both resizes along one axis. Positions of the cut map are the knots: between two of them a resized row or column is a
 * straight line. Cell k lies between the knots k and k + 1; the last cell has no width, for pixels past the last knot.
 */
export interface AxisTables {
  /** Logits to knots. */
  readonly knots: LerpTable;
  /** Knots to pixels of the photo; a pixel's `low` is its cell, its `weight` its place in it (0..1). */
  readonly pixels: LerpTable;
  /** Cell k holds the pixels `cellStart[k] .. cellStart[k + 1] - 1`; one more entry than there are cells. */
  readonly cellStart: Int32Array;
  /** Of its pixels' places, a cell: the mean, and the second and fourth central moment. */
  readonly mean: Float64Array;
  readonly moment2: Float64Array;
  readonly moment4: Float64Array;
  /** 1 where a cell's pixels are not evenly spaced, as at the edge where places are clamped: odd moments are not 0. */
  readonly isUneven: Uint8Array;
}

export interface AxisSteps {
  readonly logits: number;
  readonly padded: number;
  /** First position, and the one past the last. */
  readonly cut: readonly [number, number];
  readonly photo: number;
  /** Knots that lie on the line between their neighbours, whatever the logits are, are left out. */
  readonly leaveOutCollinear: boolean;
}

export function createAxis({ logits, padded, cut, photo, leaveOutCollinear }: AxisSteps): AxisTables {
  const allKnots = sliceLerpTable(createLerpTable(logits, padded), ...cut);
  const allPixels = createLerpTable(cut[1] - cut[0], photo);
  const kept = leaveOutCollinear ? cornerKnots(allKnots) : Int32Array.from(allKnots.low.keys());
  const pixels = placeBetween(kept, allPixels);
  const cellStart = findCellStarts(pixels.low, kept.length);
  return { knots: pickEntries(allKnots, kept), pixels, cellStart, ...placesInCells(pixels.weight, cellStart) };
}

/**
 * With a stride of 4 there are four knots between two logits, and all four lie on one line: its ends are enough. A knot
 * goes where it and both neighbours interpolate the same two logits, at equal distances.
 */
function cornerKnots({ low, weight }: LerpTable): Int32Array {
  const last = low.length - 1;
  return Int32Array.from(low.keys()).filter(
    (k) =>
      k === 0 ||
      k === last ||
      low[k - 1] !== low[k] ||
      low[k + 1] !== low[k] ||
      weight[k]! - weight[k - 1]! !== weight[k + 1]! - weight[k]!,
  );
}

function pickEntries({ low, high, weight }: LerpTable, indices: Int32Array): LerpTable {
  return {
    low: indices.map((i) => low[i]!),
    high: indices.map((i) => high[i]!),
    weight: Float32Array.from(indices, (i) => weight[i]!),
  };
}

/** The pixels' cells and places between the knots that are kept. */
function placeBetween(kept: Int32Array, pixels: LerpTable): LerpTable {
  const low = new Int32Array(pixels.low.length);
  const weight = new Float32Array(low.length);
  let cell = 0;
  for (let pixel = 0; pixel < low.length; pixel++) {
    const knot = pixels.low[pixel]!;
    while (cell + 1 < kept.length && kept[cell + 1]! <= knot) cell++;
    low[pixel] = cell;
    const width = cell + 1 < kept.length ? kept[cell + 1]! - kept[cell]! : 1;
    weight[pixel] = (knot - kept[cell]! + pixels.weight[pixel]!) / width;
  }
  return { low, high: low.map((index) => Math.min(index + 1, kept.length - 1)), weight };
}

function findCellStarts(cellOfPixel: Int32Array, cells: number): Int32Array {
  const starts = new Int32Array(cells + 1);
  let pixel = 0;
  for (let cell = 0; cell <= cells; cell++) {
    while (pixel < cellOfPixel.length && cellOfPixel[pixel]! < cell) pixel++;
    starts[cell] = pixel;
  }
  return starts;
}

function placesInCells(places: Float32Array, cellStart: Int32Array) {
  const cells = cellStart.length - 1;
  const tables = {
    mean: new Float64Array(cells),
    moment2: new Float64Array(cells),
    moment4: new Float64Array(cells),
    isUneven: new Uint8Array(cells),
  };
  for (let cell = 0; cell < cells; cell++) {
    const inCell = places.subarray(cellStart[cell], cellStart[cell + 1]);
    if (inCell.length === 0) continue;
    const average = (of: (place: number) => number) =>
      inCell.reduce((sum, place) => sum + of(place), 0) / inCell.length;
    const mean = average((place) => place);
    tables.mean[cell] = mean;
    tables.moment2[cell] = average((place) => (place - mean) ** 2);
    tables.moment4[cell] = average((place) => (place - mean) ** 4);
    tables.isUneven[cell] = Number(Math.abs(average((place) => (place - mean) ** 3)) > 1e-5);
  }
  return tables;
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
