/** Collects a label map run by run, as one mask for each class. */
import type { Size } from '../../parsing/resize/resize-steps.ts';
import { type SpanMask, SpanMaskBuilder } from '../../render/span-mask.ts';

/** What belongs to no part. */
const backgroundClassId = 0;

/** Of one class: never empty. */
export interface ClassMask {
  readonly classId: number;
  readonly mask: SpanMask;
}

export class LabelRuns {
  readonly #photo: Size;
  readonly #builders = new Map<number, SpanMaskBuilder>();
  /** The run that may go on. */
  #label = backgroundClassId;
  #row = 0;
  #start = 0;
  #end = 0;

  constructor(photo: Size) {
    this.#photo = photo;
  }

  /** The pixels `start .. end - 1` of row `y`. Rows come from top to bottom, runs from left to right, without gaps. */
  add(y: number, label: number, start: number, end: number): void {
    if (label === this.#label && y === this.#row) {
      this.#end = end;
      return;
    }
    this.#write();
    this.#label = label;
    this.#row = y;
    this.#start = start;
    this.#end = end;
  }

  /** By ascending class id, without the background. */
  finish(): ClassMask[] {
    this.#write();
    return [...this.#builders]
      .sort(([a], [b]) => a - b)
      .map(([classId, builder]) => ({ classId, mask: builder.finish() }));
  }

  #write(): void {
    if (this.#label === backgroundClassId || this.#end === this.#start) return;
    const builder = this.#builders.get(this.#label) ?? new SpanMaskBuilder(this.#photo.width, this.#photo.height);
    this.#builders.set(this.#label, builder);
    builder.add(this.#row, this.#start, this.#end);
  }
}
