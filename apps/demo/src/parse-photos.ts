import { type Job, type M2fpClient, M2fpError, type SucceededJob } from '@m2fp/client';
import { type PhotoToParse, stepInWords } from '@m2fp/terminal';

export type JobResult = SucceededJob['result'];

/** What became of a photo. */
export type PhotoOutcome =
  | { readonly photo: PhotoToParse; readonly ok: true; readonly result: JobResult }
  | { readonly photo: PhotoToParse; readonly ok: false; readonly code: string; readonly message: string };

export interface ParseEvents {
  /** `percent` of this photo, 0..100, and what is happening to it. */
  onProgress(photo: PhotoToParse, percent: number, stage: string): void;
  onDone(outcome: PhotoOutcome): void;
}

export interface ParseSettings {
  readonly client: M2fpClient;
  readonly signal: AbortSignal;
  readonly events: ParseEvents;
  /** Called with each succeeded job before its photo counts as done. */
  readonly keep: (photo: PhotoToParse, job: SucceededJob) => Promise<void>;
}

/** The page shows or links them. */
const shownOutputs = ['masks', 'colormap', 'instances', 'overlay'] as const;
/** Enough to keep the workers busy, without uploading a folder of thousands all at once. */
const maxInFlight = 8;
/** A photo without progress for this long is given up. Longer than the worker's own limits and retries. */
const stuckMs = 15 * 60_000;

/** Sends the photos through the service; outcomes are in the photos' order. Throws only if `signal` aborts. */
export async function parsePhotos(photos: readonly PhotoToParse[], settings: ParseSettings): Promise<PhotoOutcome[]> {
  const outcomes: PhotoOutcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < photos.length; index = next++) {
      const photo = photos[index];
      if (!photo) return;
      const outcome = await parseOne(photo, settings);
      outcomes[index] = outcome;
      settings.events.onDone(outcome);
    }
  };
  await Promise.all(Array.from({ length: maxInFlight }, lane));
  return outcomes;
}

async function parseOne(photo: PhotoToParse, { client, signal, events, keep }: ParseSettings): Promise<PhotoOutcome> {
  const stuck = new AbortController();
  const timer = setTimeout(() => stuck.abort(new Error(`Nothing happened for ${stuckMs / 60_000} min.`)), stuckMs);
  let state = '';
  const onProgress = (job: Job): void => {
    const { percent } = job.progress;
    const stage = job.status === 'queued' ? 'waiting' : stepInWords(job.progress);
    if (`${stage} ${percent}` === state) return;
    state = `${stage} ${percent}`;
    timer.refresh();
    events.onProgress(photo, percent, stage);
  };
  try {
    const { job } = await client.parse(photo.path, {
      options: { outputs: [...shownOutputs] },
      name: photo.name,
      signal: AbortSignal.any([signal, stuck.signal]),
      timeoutMs: Infinity,
      onProgress,
    });
    await keep(photo, job);
    return { photo, ok: true, result: job.result };
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof M2fpError ? error.code : 'internal';
    return { photo, ok: false, code, message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Not spent on the photo itself: waiting for its turn, and loading the model, which happens once. */
const otherStages: ReadonlySet<string> = new Set(['wait', 'load']);

/** Time spent on a photo, ms. */
export function spentMs(timings: JobResult['timings']): number {
  return Object.entries(timings).reduce((sum, [stage, ms]) => (otherStages.has(stage) ? sum : sum + ms), 0);
}
