/**
 * Two-tap linear interpolation along one axis: `out[i] = in[low[i]] * (1 - weight[i]) + in[high[i]] * weight[i]`.
 * `low` and `high` ascend.
 */
export interface LerpTable {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** 0..1, of `high`. */
  readonly weight: Float32Array;
}

/**
 * The table of PyTorch's bilinear `interpolate` with `align_corners=False` and a given size. Positions are rounded to
 * float32 step by step, as there, so that both look at the same two neighbours.
 */
export function createLerpTable(inSize: number, outSize: number): LerpTable {
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

/** The part of a table that gives the outputs `from..to-1`. */
export function sliceLerpTable(table: LerpTable, from: number, to: number): LerpTable {
  return {
    low: table.low.subarray(from, to),
    high: table.high.subarray(from, to),
    weight: table.weight.subarray(from, to),
  };
}
