import type { SpanMask } from './span-mask.ts';

/**
 * Collects the runs of one mask, row by row from the top and left to right, with no bitmap. `finish` hands the mask
 * over and makes the builder ready for the next one; its buffers are kept.
 */
export class SpanMaskBuilder {
  readonly #width: number;
  readonly #height: number;
  readonly #rowStart: Uint32Array;
  #runs = new Uint32Array(1024);
  #runCount = 0;
  #firstRow = 0;
  /** The row that is being filled; -1 before the first run. */
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
   * Sets the pixels `start` .. `end` - 1 of row `y`. Rows ascend; within a row runs ascend; touching runs become one.
   * Throws RangeError for a run out of this order or outside the photo.
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
