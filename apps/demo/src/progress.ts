import { count, duration, printable, seconds, type StatusLine } from '@m2fp/terminal';
import { type ParseEvents, type PhotoOutcome, spentMs } from './parse-photos.ts';

export interface Progress extends ParseEvents {
  /** Gives the terminal's last line back, whether or not everything is done. */
  end(): void;
}

/** Until something is known: of a photo of the samples, on two cores. */
const firstGuessMs = 2_000;

/** One line per finished photo; on a terminal also one that says what is being done, and how long it takes. */
export function createProgress(
  photos: number,
  stream: NodeJS.WritableStream,
  status: Pick<StatusLine, 'show' | 'hide'>,
): Progress {
  const startMs = performance.now();
  const percents = new Map<string, number>();
  let done = 0;
  let doing = 'sending photos';
  const left = (): string => {
    const spent = performance.now() - startMs;
    const finished = [...percents.values()].reduce((sum, percent) => sum + percent / 100, 0);
    // A photo's share, early on, says little: it is stored and fetched before anything is computed.
    const perPhoto = finished > 0.2 ? spent / finished : Math.max(firstGuessMs, spent);
    return ` · about ${duration(Math.max(1_000, (photos - finished) * perPhoto))} left`;
  };
  const words = (): string => `[${done}/${photos}] ${doing}${done < photos ? left() : ''}`;
  status.show(words);
  return {
    onProgress: ({ folder, name }, percent, stage) => {
      percents.set(folder, percent);
      if (stage !== 'waiting') doing = `${printable(name)}: ${stage}`;
    },
    onDone: (outcome) => {
      percents.set(outcome.photo.folder, 100);
      done += 1;
      stream.write(`[${done}/${photos}] ${printable(outcome.photo.name)}: ${inWords(outcome)}\n`);
    },
    end: () => status.hide(),
  };
}

function inWords(outcome: PhotoOutcome): string {
  if (!outcome.ok) return `failed, ${outcome.code}`;
  return `${count(outcome.result.people, 'person', 'people')}, ${seconds(spentMs(outcome.result.timings))}`;
}
