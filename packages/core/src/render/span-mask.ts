/**
 * A binary mask as runs along the rows: compact, quick to paint (rows are contiguous on the canvas) and quick to turn into COCO's column-major RLE. Only its bounding box's rows are stored.
 */
export interface SpanMask {
  /** Size of the photo that the mask lies on, px. */
  readonly width: number;
  readonly height: number;
  /** Tight bounding box `[x, y, w, h]`, px; all 0 for an empty mask. */
  readonly bbox: readonly [number, number, number, number];
  /** Pixels set. */
  readonly area: number;
  /** Pairs (start, end), end exclusive, of x; the runs of one row ascend and do not touch. */
  readonly runs: Uint32Array;
  /** Row `bbox.y + i` has the runs `runs[2*rowStart[i] .. 2*rowStart[i+1]]`; length is `bbox.h + 1`. */
  readonly rowStart: Uint32Array;
}
