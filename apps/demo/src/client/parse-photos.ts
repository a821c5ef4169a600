import { setTimeout as sleep } from 'node:timers/promises';
import type { PhotoToParse } from '@m2fp/terminal';
import { ApiError, postPhoto, readJob } from './api-client.ts';
import type { Job, JobResult } from './job-schema.ts';

/** What became of a photo. */
export type PhotoOutcome =
  | { readonly photo: PhotoToParse; readonly ok: true; readonly result: JobResult }
  | { readonly photo: PhotoToParse; readonly ok: false; readonly code: string; readonly message: string };

export interface ParseEvents {
  /** `percent` of this photo, 0..100, and what is being done. */
  onProgress(photo: PhotoToParse, percent: number, stage: string): void;
  onDone(outcome: PhotoOutcome): void;
}

export interface ParseSettings {
  readonly apiUrl: string;
  readonly signal: AbortSignal;
  readonly events: ParseEvents;
  /** Called with each result before its photo counts as done. */
  readonly keep: (photo: PhotoToParse, result: JobResult) => Promise<void>;
}

/** Enough to keep the workers busy; a folder of thousands is not uploaded all at once. */
const maxInFlight = 8;
const pollMs = 150;
/** A job whose state does not change for this long is given up. Longer than the worker's own limits and retries. */
const stuckMs = 15 * 60_000;

/** Sends the photos through the service; outcomes are in the photos' order. Throws only where `signal` aborts. */
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

async function parseOne(photo: PhotoToParse, settings: ParseSettings): Promise<PhotoOutcome> {
  try {
    const job = await followToEnd(photo, await postPhoto(settings.apiUrl, photo, settings.signal), settings);
    if (job.status === 'succeeded' && job.result) {
      await settings.keep(photo, job.result);
      return { photo, ok: true, result: job.result };
    }
    const { code, message } = job.error ?? { code: job.status, message: 'The job did not finish.' };
    return { photo, ok: false, code, message };
  } catch (error) {
    settings.signal.throwIfAborted();
    const code = error instanceof ApiError ? error.code : 'internal';
    return { photo, ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
}

async function followToEnd(photo: PhotoToParse, first: Job, settings: ParseSettings): Promise<Job> {
  let job = first;
  let lastState = '';
  let changedAt = Date.now();
  while (job.status === 'queued' || job.status === 'processing') {
    const { percent } = job.progress;
    const stage = job.status === 'queued' ? 'waiting' : whatFollows(job.progress.stage);
    const state = `${stage} ${percent}`;
    if (state !== lastState) {
      lastState = state;
      changedAt = Date.now();
      settings.events.onProgress(photo, percent, stage);
    }
    if (Date.now() - changedAt > stuckMs)
      throw new Error(`Nothing happened to job ${job.id} for ${stuckMs / 60_000} min.`);
    await sleep(pollMs, undefined, { signal: settings.signal });
    job = await readJob(settings.apiUrl, job.id, settings.signal);
  }
  return job;
}

/** A job tells what is done; somebody who waits wants to know what is being done. */
function whatFollows(done: string | null): string {
  if (done === null) return 'fetching';
  return { fetched: 'parsing', parsed: 'storing' }[done] ?? done;
}
