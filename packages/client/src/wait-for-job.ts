import type { components } from './api-schema.generated.ts';
import { pause } from './connection.ts';
import type { Send } from './connection.ts';
import { isPassing } from './problem.ts';
import { readEvents } from './server-sent-events.ts';

export type Job = components['schemas']['Job'];

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of the job whenever it was read: its status, progress, place in the queue. */
  readonly onChange?: ((job: Job) => void) | undefined;
}

const shortestPauseMs = 250;
const longestPauseMs = 5_000;
/** The service sends a heartbeat every 15 s: silence for longer means that the connection is gone. */
const silenceMs = 45_000;

export function isOver(job: Job): boolean {
  return job.status === 'succeeded' || job.status === 'failed' || job.status === 'canceled';
}

/**
 * Resolves to the job once it is over, well or badly. Events tell when to look, and the job itself is then read: so a
 * connection that drops, a service that restarts or a Redis that is away cost time and never the result. Throws
 * `M2fpError` where the job is not there or the key is not good, and the signal's reason.
 */
export async function waitForJob(send: Send, id: string, { signal, onChange }: WaitOptions = {}): Promise<Job> {
  const path = `/v1/jobs/${encodeURIComponent(id)}`;
  let pauseMs = shortestPauseMs;
  for (;;) {
    try {
      const job = (await (await send(path, signal ? { signal } : {})).json()) as Job;
      onChange?.(job);
      if (isOver(job)) return job;
      pauseMs = shortestPauseMs;
      await nextChange(send, `${path}/events`, signal);
    } catch (error) {
      signal?.throwIfAborted();
      // Reading may also break off in the middle, with an error of the runtime's own.
      if (!isPassing(error) && !(error instanceof TypeError)) throw error;
      await pause(Math.max(pauseMs, (isPassing(error) && error.retryAfterMs) || 0), signal);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }
}

/** Resolves at the next event after the first, which only repeats what was just read; or when the stream ends. */
async function nextChange(send: Send, path: string, signal: AbortSignal | undefined): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  try {
    const response = await send(path, { signal: either, headers: { Accept: 'text/event-stream' } });
    let seen = 0;
    for await (const { event } of readEvents(response.body ?? new ReadableStream())) {
      if (event === 'done' || ++seen > 1) return;
    }
    // It ended without news: do not ask again at once.
    await pause(shortestPauseMs, signal);
  } catch (error) {
    if (!silence.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
