/** What a run says while it works: a status line on a terminal, and a line for each photo that is done. */
import { count, duration, printable, seconds, type StageOfPhoto, type StatusLine, stepInWords } from '@m2fp/terminal';
import { printLine } from '../command-context.ts';
import type { PhotoOutcome } from './parse-files.ts';
import type { Times } from './usual-times.ts';

/** With more photos than this, lines say how long the rest takes, and at most one per second says that all is well. */
const many = 100;
const pauseMs = 1_000;

export type PhotoProgress = StageOfPhoto & { readonly percent: number };

export interface ProgressSettings {
  readonly stream: NodeJS.WritableStream;
  readonly status: Pick<StatusLine, 'show' | 'hide'>;
  /** Whether photos that are done get their line; those of `--json` go elsewhere. */
  readonly hasLines: boolean;
  readonly now?: () => number;
}

/** Photos that were skipped took no time, so they say nothing of the rest. */
export class RunProgress {
  readonly #settings: ProgressSettings;
  readonly #startMs: number;
  #total: number | undefined;
  #expected: Times | undefined;
  #printedMs = -Infinity;
  #done = 0;
  /** Of those that are done: not skipped. */
  #tried = 0;
  #worked = 0;
  #workedMs = 0;
  /** Undefined while it is not loading. */
  #loadingSince: number | undefined;
  #loadMs: number | undefined;
  #photo: { readonly name: string; readonly since: number; progress?: PhotoProgress } | undefined;

  constructor(settings: ProgressSettings) {
    this.#settings = settings;
    this.#startMs = this.#now();
  }

  /** @param found so far */
  look(found: number): void {
    this.#settings.status.show(() => `Looking for photos${found > 0 ? `: ${found} found` : ''}`);
  }

  begin(total: number): void {
    this.#total = total;
    this.#settings.status.show(() => this.#words());
  }

  /** @param usual what the model and its photos are expected to take */
  load(model: string, usual: Times): void {
    this.#expected = usual;
    this.#loadingSince = this.#now();
    this.#settings.status.show(() => `Loading the model ${model}${this.#outlook()}`);
  }

  loaded(): void {
    if (this.#loadingSince !== undefined) this.#loadMs = this.#now() - this.#loadingSince;
    this.#loadingSince = undefined;
    this.#settings.status.show(() => this.#words());
  }

  beginPhoto(name: string): void {
    this.#photo = { name: printable(name), since: this.#now() };
  }

  update(progress: PhotoProgress): void {
    if (this.#photo !== undefined) this.#photo.progress = progress;
  }

  add(outcome: PhotoOutcome): void {
    const now = this.#now();
    this.#photo = undefined;
    this.#done += 1;
    this.#settings.status.show(() => this.#words());
    if (outcome.status !== 'skipped') this.#tried += 1;
    if (outcome.status === 'succeeded') {
      this.#worked += 1;
      this.#workedMs += outcome.elapsedMs;
    }
    const total = this.#total ?? this.#done;
    const isDue = total <= many || outcome.status === 'failed' || now - this.#printedMs >= pauseMs;
    if (!isDue || !this.#settings.hasLines) return;
    this.#printedMs = now;
    const where = `[${this.#done}/${total}] ${printable(outcome.photo.name)}`;
    printLine(this.#settings.stream, `${where}: ${inWords(outcome)}${total > many ? this.#rate(now) : ''}`);
  }

  /** What is being done, for those who ask it to stop; undefined between photos. */
  unfinished(): string | undefined {
    if (this.#photo === undefined) return undefined;
    const left = this.#photoLeftMs();
    return `${this.#photo.name} is finished first${left === undefined ? '' : `, about ${duration(left)}`}`;
  }

  /** What this run took, if it parsed something. */
  times(): Times | undefined {
    if (this.#worked === 0) return undefined;
    return { loadMs: this.#loadMs ?? 0, photoMs: this.#workedMs / this.#worked };
  }

  end(): void {
    this.#settings.status.hide();
  }

  #now(): number {
    return (this.#settings.now ?? (() => performance.now()))();
  }

  #words(): string {
    const { name, progress } = this.#photo ?? {};
    if (this.#done === this.#total) return 'Finishing';
    const where = (this.#total ?? 1) > 1 ? `[${Math.min(this.#done + 1, this.#total ?? 1)}/${this.#total}] ` : '';
    if (name === undefined) return `${where}starting${this.#outlook()}`;
    return `${where}${name}: ${stepInWords(progress ?? {})}${this.#outlook()}`;
  }

  #msPerPhoto(): number | undefined {
    return this.#worked > 0 ? this.#workedMs / this.#worked : this.#expected?.photoMs;
  }

  /** Of the photo that is being parsed; undefined if nothing is known, or it takes longer than expected. */
  #photoLeftMs(): number | undefined {
    const expected = this.#msPerPhoto();
    if (this.#photo === undefined || expected === undefined) return expected;
    const spent = this.#now() - this.#photo.since;
    const { percent = 0 } = this.#photo.progress ?? {};
    // Early on, a share says little: a photo is read and decoded before anything is computed.
    if (percent >= 20) return (spent * (100 - percent)) / percent;
    return spent > expected ? undefined : expected - spent;
  }

  #outlook(): string {
    const expected = this.#msPerPhoto();
    if (expected === undefined || this.#total === undefined) return '';
    const spent = this.#photo === undefined ? 0 : this.#now() - this.#photo.since;
    // One that takes longer says something of the others.
    const perPhoto = Math.max(expected, spent);
    const loading = this.#loadingSince === undefined ? 0 : this.#now() - this.#loadingSince;
    const load = this.#loadMs === undefined ? Math.max(0, (this.#expected?.loadMs ?? 0) - loading) : 0;
    const photo = this.#photoLeftMs();
    const rest = Math.max(0, this.#total - this.#done - 1) * perPhoto;
    if (photo === undefined && rest === 0) return ` · ${duration(spent)} so far`;
    return ` · about ${duration(Math.max(1_000, load + (photo ?? 0) + rest))} left`;
  }

  /** With the time for all that was left out of the photos' own: reading lists, data sets. */
  #rate(now: number): string {
    if (this.#tried === 0) return '';
    const msPerPhoto = (now - this.#startMs - (this.#loadMs ?? 0)) / this.#tried;
    const left = Math.max(0, (this.#total ?? 0) - this.#done) * msPerPhoto;
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
