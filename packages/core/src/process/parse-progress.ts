/**
 * How far a photo is, in percent: what its process says it completed and, in between, an estimate by the photos before,
 * because a network that runs says nothing. It never falls, and never reaches a stage before the stage is completed.
 */
import type { ParserStep } from '@m2fp/contract';
import type { OnStep } from '../parsing/types.ts';

/** What a caller is told while its photo is parsed. Nothing is completed yet if there is no stage. */
export interface ParseProgress extends Partial<ParserStep> {
  /** 0..100 */
  readonly percent: number;
}

type Stage = ParserStep['stage'];
/** What goes on between two steps. */
type Work = 'decode' | 'segment' | 'head' | 'join' | 'render' | 'encode';

/** How far a photo is when a stage is completed, percent: about the shares of the time, so that a bar moves evenly. */
const percentAt: Readonly<Record<Stage, number>> = { decoded: 6, detected: 10, segmented: 88, rendered: 92 };

/** When all heads are done; joining them takes the rest of the way to `segmented`. */
const headsEnd = 84;

/** Until the first photo tells, ms: of a large network on two cores. */
const firstGuesses: Readonly<Record<Work, number>> = {
  ...{ decode: 100, segment: 3_000, head: 500, join: 100, render: 100, encode: 200 },
};

/** How much the latest photo counts. */
const weightOfLatest = 0.4;

/** How long things take, learned from photo to photo of one model. */
export class WorkTimes {
  readonly #ms: Record<Work, number> = { ...firstGuesses };
  readonly #known = new Set<Work>();

  note(work: Work, ms: number): void {
    const weight = this.#known.has(work) ? weightOfLatest : 1;
    this.#known.add(work);
    this.#ms[work] += weight * (ms - this.#ms[work]);
  }

  expectedMs(work: Work): number {
    return this.#ms[work];
  }
}

/** How often an estimate is told while nothing is completed, ms. */
const tickMs = 200;

/** Called at each step, and five times a second in between. It must not throw. */
export type OnProgress = (progress: ParseProgress) => void;

/** For a photo that may be parsed again from its start. */
export function neverFalling(onProgress: OnProgress): OnProgress {
  let highest = 0;
  return (progress) => {
    if (progress.percent < highest) return;
    highest = progress.percent;
    onProgress(progress);
  };
}

/** Tells how far a photo is while `work` parses it, which passes on what its process completed. */
export async function withProgress<T>(
  times: WorkTimes,
  onProgress: OnProgress | undefined,
  work: (onStep?: OnStep) => Promise<T>,
): Promise<T> {
  if (onProgress === undefined) return work();
  const progress = new PhotoProgress(times, onProgress);
  try {
    const result = await work((step) => progress.completed(step));
    progress.finished();
    return result;
  } finally {
    progress.end();
  }
}

class PhotoProgress {
  readonly #times: WorkTimes;
  readonly #onProgress: OnProgress;
  readonly #timer: NodeJS.Timeout;
  #step: ParserStep | undefined;
  #stepAtMs = performance.now();
  #percent = 0;

  constructor(times: WorkTimes, onProgress: OnProgress) {
    this.#times = times;
    this.#onProgress = onProgress;
    this.#timer = setInterval(() => this.#tell(), tickMs);
  }

  completed(step: ParserStep): void {
    this.#noteWork();
    this.#step = step;
    this.#stepAtMs = performance.now();
    this.#tell();
  }

  /** The photo was parsed. */
  finished(): void {
    this.#noteWork();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #noteWork(): void {
    this.#times.note(workAfter(this.#step), performance.now() - this.#stepAtMs);
  }

  #tell(): void {
    const from = percentAfter(this.#step);
    const share = shareDone(performance.now() - this.#stepAtMs, this.#times.expectedMs(workAfter(this.#step)));
    const estimate = from + (nextPercent(this.#step) - from) * share;
    this.#percent = Math.max(this.#percent, Math.round(estimate * 10) / 10);
    this.#onProgress({ ...this.#step, percent: this.#percent });
  }
}

/** 0..1, exclusive: in proportion to the time at first, then ever slower if it takes longer than expected. */
function shareDone(ms: number, expectedMs: number): number {
  const even = 0.8;
  const share = ms / Math.max(1, expectedMs);
  return share <= even ? share : 1 - (1 - even) * Math.exp((even - share) / (1 - even));
}

function workAfter(step: ParserStep | undefined): Work {
  switch (step?.stage) {
    case undefined:
      return 'decode';
    case 'decoded':
      return 'segment';
    case 'detected':
      return headsLeft(step) > 0 ? 'head' : 'join';
    case 'segmented':
      return 'render';
    case 'rendered':
      return 'encode';
  }
}

function headsLeft({ done = 0, total = 0 }: ParserStep): number {
  return total - done;
}

function percentAfter(step: ParserStep | undefined): number {
  if (step === undefined) return 0;
  const { stage, done = 0, total = 0 } = step;
  if (stage !== 'detected') return percentAt[stage];
  const { detected } = percentAt;
  return detected + ((headsEnd - detected) * done) / Math.max(1, total);
}

function nextPercent(step: ParserStep | undefined): number {
  switch (step?.stage) {
    case undefined:
      return percentAt.decoded;
    case 'decoded':
      return percentAt.segmented;
    case 'detected':
      return headsLeft(step) > 0 ? percentAfter({ ...step, done: (step.done ?? 0) + 1 }) : percentAt.segmented;
    case 'segmented':
      return percentAt.rendered;
    case 'rendered':
      return 100;
  }
}
