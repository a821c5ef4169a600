/**
 * The memory that the module works on, which `mask-upsampler.ts` lays out and fills: addresses of int32 and float32
 * values, each with room for four more values than it has, since four are read at a time.
 */

/** One axis of the resize, as `AxisTables` in `axis-tables.ts` describes it. */
@unmanaged
class Axis {
  knots: i32;
  /** Of each knot: the logits on either side, and the weight of the second. */
  low: usize;
  high: usize;
  weight: usize;
  /** Of each pixel: its place in its cell. */
  place: usize;
  /** Of each cell; `moment2` is `unevenMoment` where `isUneven` is 1. */
  cellStart: usize;
  pixels: usize;
  mean: usize;
  moment2: usize;
  moment4: usize;
  isUneven: usize;
  /** Pixels per unit of their place. */
  density: usize;
}

@unmanaged
class Buffers {
  /** One mask, row by row. */
  logits: usize;
  logitsWidth: i32;
  /** One row of logits, interpolated between two rows. */
  blended: usize;
  /** The rows of knots above and below a row of cells, whose right end is one more place. */
  upper: usize;
  lower: usize;
  /** The cells of a row that an edge may cross, in ascending order. */
  edges: usize;
  /** Lines that are to be summed (`line-sums.ts`): up to `mostLines`. */
  first: usize;
  last: usize;
  count: usize;
  mostLines: i32;
  /** Of each row of pixels: how many runs there are before it. */
  rowStart: usize;
  /** Pairs (start, end), at the end of the memory, which grows with them. */
  runs: usize;
}

export let x = changetype<Axis>(0);
export let y = changetype<Axis>(0);
export let buffers = changetype<Buffers>(0);

/** Call this once, with the addresses of two `Axis` and a `Buffers`. */
export function prepare(across: usize, down: usize, work: usize): void {
  x = changetype<Axis>(across);
  y = changetype<Axis>(down);
  buffers = changetype<Buffers>(work);
}

export function intAt(table: usize, index: i32): i32 {
  return load<i32>(table + 4 * index);
}

export function floatAt(table: usize, index: i32): f32 {
  return load<f32>(table + 4 * index);
}
