import { ApiError, openEvents, readJob, type Job } from './api.ts';

const longestPauseMs = 5_000;
/** The server sends a heartbeat well within this; silence for longer means that the connection is gone. */
const silenceMs = 45_000;

/** True where trying again may help: the network, Redis, S3 or the server's own trouble. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError &&
  ['network', 'internal', 'queue_unavailable', 'storage_unavailable', 'rate_limited', 'overloaded'].includes(
    error.code,
  );

const isOver = (job: Job): boolean => ['succeeded', 'failed', 'canceled'].includes(job.status);

/**
 * Follows a job to its end and reports every change. Events say when to look; the job itself is then read again, so a
 * lost event or a dropped connection costs time and never the result. Throws when `signal` aborts or the job is gone.
 */
export async function watchJob(id: string, onChange: (job: Job) => void, signal: AbortSignal): Promise<Job> {
  let pauseMs = 250;
  for (;;) {
    try {
      const job = await readJob(id, signal);
      onChange(job);
      if (isOver(job)) return job;
      pauseMs = 250;
      await nextEvent(id, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      await sleep(pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }
}

/** Resolves at the next real event of the job's stream (the first one only repeats what was just read). */
async function nextEvent(id: string, signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const reader = (await openEvents(id, AbortSignal.any([signal, silence.signal]))).getReader();
  try {
    const decoder = new TextDecoder();
    let seen = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      seen += decoder.decode(value, { stream: true }).match(/^data:/gm)?.length ?? 0;
      if (seen > 1) return;
    }
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => undefined);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
