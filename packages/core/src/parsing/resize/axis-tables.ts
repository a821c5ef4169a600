/**
 * Two bilinear resizes composed along one axis: from the network's logits to the cut map, and from there to the photo.
 *
 * `!` only on indices that these tables hold themselves.
 */

/**
 * Both resizes along one axis. The positions of the cut map are the knots: between two of them a resized row or column
 * is a straight line. Cell k lies between knots k and k + 1; the last cell has no width and holds the pixels past the
 * last knot.
 */
export interface AxisTables {
  /** Logits to knots. */
  readonly knots: LerpTable;
  /** Knots to pixels of the photo; a pixel's `low` is its cell, its `weight` its place in it (0..1). */
  readonly pixels: LerpTable;
  /** Cell k holds the pixels `cellStart[k] .. cellStart[k + 1] - 1`; one more entry than there are cells. */
  readonly cellStart: Int32Array;
  /** For each cell, the mean of its pixels' places, and their second and fourth central moments. */
  readonly mean: Float64Array;
  readonly moment2: Float64Array;
  readonly moment4: Float64Array;
  /** 1 if a cell's pixels are not evenly spaced, as at the edge where places are clamped: odd moments are not 0. */
  readonly isUneven: Uint8Array;
}

interface AxisSteps {
  readonly logits: number;
  readonly padded: number;
  /** First position, and the one past the last. */
  readonly cut: readonly [number, number];
  readonly photo: number;
  /** Omits knots that lie on the line between their neighbors whatever the logits are. */
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
 * With a stride of 4 there are four knots between two logits, all on one line: its ends are enough. A knot is omitted
 * if it and both its neighbors interpolate the same two logits, at equal distances.
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

/** The pixels' cells and places between the remaining knots. */
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
 * The cells (`from .. to - 1`) that can hold a positive value if only the logits `first .. last` along this axis are
 * positive: interpolating values that are not positive never gives a positive one.
 */
export function cellsReached(axis: AxisTables, first: number, last: number): { from: number; to: number } {
  const { low, high } = axis.knots;
  let from = 0;
  while (from < low.length && high[from]! < first) from++;
  let to = low.length;
  while (to > from && low[to - 1]! > last) to--;
  return { from: Math.max(0, from - 1), to };
}

/**
 * Two-tap linear interpolation along one axis: `out[i] = in[low[i]] * (1 - weight[i]) + in[high[i]] * weight[i]`.
 * `low` and `high` ascend.
 */
interface LerpTable {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** 0..1, of `high`. */
  readonly weight: Float32Array;
}

/**
 * The table of PyTorch's bilinear `interpolate` with `align_corners=False` and a given size. Positions are rounded to
 * float32 step by step, as in PyTorch, so that both interpolate the same two neighbors.
 */
function createLerpTable(inSize: number, outSize: number): LerpTable {
  const low = new Int32Array(outSize);
  const high = new Int32Array(outSize);
  const weight = new Float32Array(outSize);
  const scale = Math.fround(inSize / outSize);
  for (let i = 0; i < outSize; i++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const cell = Math.min(Math.floor(position), inSize - 1);
    low[i] = cell;
    high[i] = Math.min(cell + 1, inSize - 1);
    weight[i] = Math.min(position - cell, 1);
  }
  return { low, high, weight };
}

/** The part of a table for the outputs `from .. to - 1`. */
function sliceLerpTable(table: LerpTable, from: number, to: number): LerpTable {
  return {
    low: table.low.subarray(from, to),
    high: table.high.subarray(from, to),
    weight: table.weight.subarray(from, to),
  };
}
