import { count, printable, seconds } from '@m2fp/terminal';
import { printLine } from '../command-context.ts';
import type { PhotoOutcome } from './parse-files.ts';

/** With more photos than this, lines say how long the rest takes, and at most one per second says that all is well. */
const many = 100;
const pauseMs = 1_000;

/** One line per finished photo. Photos that were skipped took no time, so they say nothing of the rest. */
export class RunProgress {
  readonly #stream: NodeJS.WritableStream;
  readonly #total: number;
  readonly #startMs = performance.now();
  #printedMs = -Infinity;
  #done = 0;
  #worked = 0;

  constructor(stream: NodeJS.WritableStream, total: number) {
    this.#stream = stream;
    this.#total = total;
  }

  add(outcome: PhotoOutcome): void {
    const now = performance.now();
    this.#done += 1;
    if (outcome.status !== 'skipped') this.#worked += 1;
    const isDue = this.#total <= many || outcome.status === 'failed' || now - this.#printedMs >= pauseMs;
    if (!isDue) return;
    this.#printedMs = now;
    const where = `[${this.#done}/${this.#total}] ${printable(outcome.photo.name)}`;
    printLine(this.#stream, `${where}: ${inWords(outcome)}${this.#outlook(now)}`);
  }

  #outlook(now: number): string {
    if (this.#total <= many || this.#worked === 0) return '';
    const msPerPhoto = (now - this.#startMs) / this.#worked;
    const left = Math.max(0, this.#total - this.#done) * msPerPhoto;
    return ` (${(1_000 / msPerPhoto).toPrecision(2)} photos/s, ${duration(left)} left)`;
  }
}

function inWords(outcome: PhotoOutcome): string {
  switch (outcome.status) {
    case 'failed':
      return `failed, ${outcome.error.code}`;
    case 'skipped':
      return 'its results are there';
    case 'succeeded':
      return `${count(outcome.summary.people, 'person', 'people')}, ${seconds(outcome.elapsedMs)}`;
  }
}

/** `3 h 5 min`, `12 min`, `40 s`. Exported for its test. */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${Math.round(ms / 1_000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
