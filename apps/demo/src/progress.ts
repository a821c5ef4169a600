import { count, printable } from '@m2fp/terminal';
import { Presets, SingleBar } from 'cli-progress';
import type { ParseEvents, PhotoOutcome } from './parse-photos.ts';

export interface Progress extends ParseEvents {
  /** Removes the bar, whether or not everything is done. */
  end(): void;
}

/** A bar in a terminal; elsewhere (a file, a pipe, CI) one line per finished photo. */
export function createProgress(photos: number, stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? createBar(photos, stream) : createLines(photos, stream);
}

function createBar(photos: number, stream: NodeJS.WriteStream): Progress {
  const format = '  {bar} {done}/{photos} photos · {duration_formatted} · {stage}';
  const bar = new SingleBar(
    { format, stream, hideCursor: true, clearOnComplete: true, barsize: 30 },
    Presets.shades_classic,
  );
  // In hundredths of a photo: the bar moves with each stage.
  bar.start(photos * 100, 0, { done: 0, photos, stage: 'sending' });
  const percents = new Map<string, number>();
  let done = 0;
  const update = (folder: string, percent: number, stage: string): void => {
    percents.set(folder, percent);
    const value = [...percents.values()].reduce((sum, part) => sum + part, 0);
    bar.update(value, { done, photos, stage });
  };
  return {
    onProgress: ({ folder, name }, percent, stage) => update(folder, percent, `${printable(name)}: ${stage}`),
    onDone: ({ photo, ok }) => {
      done += 1;
      update(photo.folder, 100, `${printable(photo.name)}: ${ok ? 'done' : 'failed'}`);
    },
    end: () => bar.stop(),
  };
}

function createLines(photos: number, stream: NodeJS.WriteStream): Progress {
  let done = 0;
  return {
    onProgress: () => undefined,
    onDone: (outcome) => {
      done += 1;
      stream.write(`[${done}/${photos}] ${printable(outcome.photo.name)}: ${inWords(outcome)}\n`);
    },
    end: () => undefined,
  };
}

function inWords(outcome: PhotoOutcome): string {
  return outcome.ok ? count(outcome.result.people, 'person', 'people') : `failed, ${outcome.code}`;
}
