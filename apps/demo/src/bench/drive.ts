import { setTimeout as sleep } from 'node:timers/promises';
import type { PhotoFile } from '@m2fp/terminal';
import { postPhoto, readJob } from '../client/api-client.ts';

export interface DriveSettings {
  readonly apiUrl: string;
  readonly photos: readonly PhotoFile[];
  readonly jobs: number;
  readonly clients: number;
  readonly signal: AbortSignal;
}

export interface DrivenJob {
  /** From the begin of the upload until its client saw it finished. */
  readonly latencyMs: number;
  /** From its creation until a worker took it. */
  readonly queueWaitMs: number;
  readonly succeeded: boolean;
  /** ms a stage, as the worker says. */
  readonly timings: Readonly<Record<string, number>>;
}

const pollMs = 50;

/** Clients that each send a photo, wait for its result and send the next, until all jobs are done. */
export async function drive(settings: DriveSettings): Promise<DrivenJob[]> {
  const { photos, jobs, clients } = settings;
  const done: DrivenJob[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < jobs) {
      const photo = photos[next++ % photos.length];
      if (photo) done.push(await driveOne(photo, settings));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return done;
}

async function driveOne(photo: PhotoFile, { apiUrl, signal }: DriveSettings): Promise<DrivenJob> {
  const startedAt = performance.now();
  let job = await postPhoto(apiUrl, photo, signal);
  while (job.status === 'queued' || job.status === 'processing') {
    await sleep(pollMs, undefined, { signal });
    job = await readJob(apiUrl, job.id, signal);
  }
  const latencyMs = performance.now() - startedAt;
  const queueWaitMs = job.started_at ? Date.parse(job.started_at) - Date.parse(job.created_at) : 0;
  return { latencyMs, queueWaitMs, succeeded: job.status === 'succeeded', timings: job.result?.timings ?? {} };
}
