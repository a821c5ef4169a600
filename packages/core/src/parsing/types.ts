import type { ParseOptions, ParserStep, Timings } from '@m2fp/contract';
import type { Photo } from '../image/photo.ts';
import type { SpanMask } from '../render/span-mask.ts';

/** A part, or a whole person, that the network found, at the photo's resolution. */
export interface ParsedMask {
  readonly classId: number;
  /** 0..1 */
  readonly score: number;
  readonly mask: SpanMask;
  /** 1..people; 0 = nobody. */
  readonly personId: number;
}

/** What a model says about one photo, in a deterministic order. Rendering and outputs need nothing else. */
export interface Parsing {
  readonly width: number;
  readonly height: number;
  /** resized / original */
  readonly scale: number;
  readonly masks: readonly ParsedMask[];
  readonly people: number;
  /** ms per stage: `decode`, `network`, `postprocess` … */
  readonly timings: Timings;
}

/** Told of each step that is completed. */
export type OnStep = (step: ParserStep) => void;

/** A loaded model of some kind. Not safe for concurrent calls: one photo at a time. */
export interface Parser {
  /** @param onStep told of `decoded`, or of `detected` and each head */
  parse(photo: Photo, options: ParseOptions, onStep?: OnStep): Promise<Parsing>;
  close(): Promise<void>;
}
