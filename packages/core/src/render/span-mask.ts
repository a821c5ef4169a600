/**
 * Masks as runs along their rows: what they are, and how they are made and read.
 *
 * `!` only on indices below lengths just measured.
 */

/**
 * A binary mask: compact, quick to paint (rows are contiguous on the canvas) and quick to turn into COCO's column-major
 * RLE. Only the rows of its bounding box are stored.
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

/** The part of the photo that a bitmap covers, px; it lies inside the photo. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A mask from a bitmap (one byte per pixel, 0 = not set, row by row) that covers `box` of the photo. */
export function spanMaskFromBitmap(bitmap: Uint8Array, box: Box, photoWidth: number, photoHeight: number): SpanMask {
  if (bitmap.length !== box.width * box.height) {
    throw new RangeError(`${bitmap.length} pixels do not fill ${box.width}x${box.height}.`);
  }
  const builder = new SpanMaskBuilder(photoWidth, photoHeight);
  for (let row = 0; row < box.height; row++) {
    const rowEnd = (row + 1) * box.width;
    const toPhoto = box.x - row * box.width;
    for (let i = row * box.width; i < rowEnd;) {
      const start = i;
      const isSet = bitmap[i] !== 0;
      while (i < rowEnd && (bitmap[i] !== 0) === isSet) i++;
      if (isSet) builder.add(box.y + row, start + toPhoto, i + toPhoto);
    }
  }
  return builder.finish();
}

/** The mask as pixels: one byte each, 1 = set, row by row from the top, `mask.width * mask.height` bytes. */
export function maskBitmap(mask: SpanMask): Uint8Array {
  const bitmap = new Uint8Array(mask.width * mask.height);
  forEachRun(mask, (y, start, end) => bitmap.fill(1, y * mask.width + start, y * mask.width + end));
  return bitmap;
}

/** Calls `visit` for each run, top to bottom and left to right; `end` is exclusive. */
export function forEachRun(mask: SpanMask, visit: (y: number, start: number, end: number) => void): void {
  for (let row = 0; row < mask.bbox[3]; row++) {
    for (let i = mask.rowStart[row]!; i < mask.rowStart[row + 1]!; i++) {
      visit(mask.bbox[1] + row, mask.runs[2 * i]!, mask.runs[2 * i + 1]!);
    }
  }
}

/**
 * Collects the runs of one mask, top to bottom and left to right, without a bitmap. `finish` returns the mask and
 * resets the builder for the next one; its buffers are reused.
 */
export class SpanMaskBuilder {
  readonly #width: number;
  readonly #height: number;
  readonly #rowStart: Uint32Array;
  #runs = new Uint32Array(1024);
  #runCount = 0;
  #firstRow = 0;
  /** The row being filled; -1 before the first run. */
  #row = -1;
  #lastEnd = 0;
  #left = Infinity;
  #right = 0;
  #area = 0;

  /** Size of the photo that the masks lie on, px. */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#rowStart = new Uint32Array(height + 1);
  }

  /**
   * Sets the pixels `start` .. `end` - 1 of row `y`. Rows ascend, and so do the runs within a row; touching runs are
   * joined. Throws RangeError for a run out of order or outside the photo.
   */
  add(y: number, start: number, end: number): void {
    if (end <= start) return;
    this.#assertNext(y, start, end);
    this.#area += end - start;
    if (start < this.#left) this.#left = start;
    if (end > this.#right) this.#right = end;
    if (y === this.#row && start === this.#lastEnd) this.#runs[2 * this.#runCount - 1] = end;
    else {
      if (y !== this.#row) this.#openRow(y);
      this.#push(start, end);
    }
    this.#lastEnd = end;
  }

  finish(): SpanMask {
    const rows = this.#row < 0 ? 0 : this.#row - this.#firstRow + 1;
    this.#rowStart[rows] = this.#runCount;
    const mask: SpanMask = {
      width: this.#width,
      height: this.#height,
      bbox: rows === 0 ? [0, 0, 0, 0] : [this.#left, this.#firstRow, this.#right - this.#left, rows],
      area: this.#area,
      runs: this.#runs.slice(0, 2 * this.#runCount),
      rowStart: this.#rowStart.slice(0, rows + 1),
    };
    this.#reset();
    return mask;
  }

  #assertNext(y: number, start: number, end: number): void {
    const isInside = y >= 0 && y < this.#height && start >= 0 && end <= this.#width;
    const isNext = y > this.#row || (y === this.#row && start >= this.#lastEnd);
    if (!isInside || !isNext) throw new RangeError(`The run ${start}..${end} of row ${y} is out of order or outside.`);
  }

  #openRow(y: number): void {
    if (this.#row < 0) this.#firstRow = this.#row = y;
    while (this.#row < y) {
      this.#row += 1;
      this.#rowStart[this.#row - this.#firstRow] = this.#runCount;
    }
  }

  #push(start: number, end: number): void {
    if (2 * this.#runCount === this.#runs.length) {
      const larger = new Uint32Array(2 * this.#runs.length);
      larger.set(this.#runs);
      this.#runs = larger;
    }
    this.#runs[2 * this.#runCount] = start;
    this.#runs[2 * this.#runCount + 1] = end;
    this.#runCount += 1;
  }

  #reset(): void {
    this.#runCount = 0;
    this.#row = -1;
    this.#left = Infinity;
    this.#right = 0;
    this.#area = 0;
  }
}
