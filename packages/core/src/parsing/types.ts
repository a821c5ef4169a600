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

/**
 * A photo's turn among those that a process has at the same time. They are computed one after the other, on one thread
 * that each network blocks; what decodes them has threads of its own.
 */
export interface PhotoTurn {
  /** Throws `canceled` if nobody wants it any more. */
  assertWanted(): void;
  /** Its header has been read, and it is decoded now or in its turn: nobody need pause for it any more. */
  opened(): void;
  /** Resolves when those before it are done, their results sent. Throws `canceled` if nobody wants it any more. */
  begin(): Promise<void>;
  /** Lets those behind it come in and begin to be decoded. */
  pause(): Promise<void>;
}

/** What a parser tells and asks on its way. */
export interface ParseHooks {
  /** Told of `decoded`, or of `detected` and each head. */
  readonly onStep?: OnStep | undefined;
  /** Awaited once the photo is decoded. Without it, calls must not overlap. */
  readonly begin?: (() => Promise<void>) | undefined;
  /** Awaited once the networks have run: this thread is about to compute, and others could do something meanwhile. */
  readonly onNetworkDone?: (() => Promise<void>) | undefined;
}

/** A loaded model of some kind. It computes one photo at a time: calls may overlap only if they have turns. */
export interface Parser {
  parse(photo: Photo, options: ParseOptions, hooks?: ParseHooks): Promise<Parsing>;
  close(): Promise<void>;
}
