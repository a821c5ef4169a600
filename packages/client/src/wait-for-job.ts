import type { components } from './api-schema.generated.ts';
import { readJson, type Send } from './connection.ts';
import { isTransient } from './errors.ts';
import { pause, type RetryOptions, withRetries } from './retry.ts';

export type Job = components['schemas']['Job'];

export interface WaitOptions extends RetryOptions {
  /** Called with each reading of the job: its status, progress and place in the queue may have changed. */
  readonly onChange?: ((job: Job) => void) | undefined;
}

/** Between two reads, at least. */
const shortestPauseMs = 250;
/** The service sends a heartbeat every 15 s: a longer silence means that the connection is gone. */
const silenceMs = 45_000;

/**
 * Resolves to the job once it has ended, successfully or not. Events only say when to read the job again, so a
 * connection that drops, a service that restarts or a Redis outage costs time and never the result. Throws `M2fpError`
 * if the job does not exist or the key is not valid, and the signal's reason.
 */
export async function waitForJob(send: Send, id: string, call: WaitOptions = {}): Promise<Job> {
  for (;;) {
    const job = await withRetries(() => readJob(send, id, call.signal), call);
    call.onChange?.(job);
    if (job.status === 'succeeded' || job.status === 'failed' || job.status === 'canceled') return job;
    await nextChange(send, id, call.signal);
  }
}

export function readJob(send: Send, id: string, signal: AbortSignal | undefined): Promise<Job> {
  return send(pathOf(id), { signal: signal ?? null }, readJson<Job>);
}

export function pathOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

/** Resolves at the first event that is news, or when no more can be expected: then the job has to be read again. */
async function nextChange(send: Send, id: string, signal: AbortSignal | undefined): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const init = { signal: either, headers: { Accept: 'text/event-stream' } };
  try {
    if (await send(`${pathOf(id)}/events`, init, hasNews)) return;
    // The stream ended without news: do not ask again right away.
    await pause(shortestPauseMs, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (silence.signal.aborted) return;
    if (!isTransient(error)) throw error;
    await pause(Math.max(shortestPauseMs, error.retryAfterMs ?? 0), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The first event only repeats what was just read, unless it says that the job has ended. */
async function hasNews(response: Response): Promise<boolean> {
  let seen = 0;
  for await (const { event } of readEvents(response.body ?? new ReadableStream())) {
    if (event === 'done' || ++seen > 1) return true;
  }
  return false;
}

/** The server-sent events of a stream as they arrive, without comments (heartbeats). Ends with the stream. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): { event: string; data: string } | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}
