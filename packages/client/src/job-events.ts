/**
 * A job's way to its end. The stream of events is only the quick way: where it breaks, nothing gets through or it is
 * refused, the job is read instead, and the stream tried again later from the last event that arrived. So a connection
 * that drops, a service that restarts or a Redis outage costs time and never the result.
 */
import type { components } from './api-schema.generated.ts';
import { type Connection, reach, readJson } from './connection.ts';
import { isTransient, M2fpError } from './errors.ts';
import { type CallOptions, timeUp } from './retry.ts';
import { readEvents } from './server-sent-events.ts';
import { orAborted, pause, startTimeLimit } from './time-limit.ts';

export type Job = components['schemas']['Job'];

export interface JobEvent {
  /** `state`: the status or the place in the queue changed. `done`: the job has ended, and so does the stream. */
  readonly type: 'state' | 'progress' | 'done';
  readonly job: Job;
}

export interface WaitOptions extends Pick<CallOptions, 'signal' | 'onRetry'> {
  /** How long to wait for the end, ms. Then `wait_timeout` is thrown and the job goes on. Default: 30 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Called with each change of the job: its status, progress or place in the queue. */
  readonly onProgress?: ((job: Job) => void) | undefined;
}

/** How long a wait may take that says nothing else. */
export const waitMs = 30 * 60_000;
/** A stream begins with the job's state at once: what is silent for so long is held back on the way. */
const firstEventMs = 10_000;
/** The service sends a heartbeat every 15 s: a longer silence means that the connection is gone. */
const silenceMs = 45_000;
/** Between reads, growing while streams fail. */
const shortestPollMs = 500;
const longestPollMs = 4_000;
/** After so many streams in a row that brought nothing, the job is only read, this many times per stream. */
const failuresBeforePolling = 2;
const pollsPerStream = 10;

/** Resolves to the job once it has ended, successfully or not. @param spentMs of the time that the call may take */
export async function waitForJob(
  connection: Connection,
  id: string,
  call: WaitOptions = {},
  spentMs = 0,
): Promise<Job> {
  let last: Job | undefined;
  for await (const { job } of jobEvents(connection, id, call, spentMs)) {
    last = job;
    call.onProgress?.(job);
  }
  if (last !== undefined) return last;
  throw new M2fpError('internal', 'The job’s events ended before the job.', { jobId: id });
}

/**
 * The job as it is now, then each change, up to its end. Throws `M2fpError`, among others if there is no such job or
 * the time is up, and the signal's reason.
 */
export async function* jobEvents(
  connection: Connection,
  id: string,
  { signal: outer, timeoutMs = waitMs, onRetry }: Omit<WaitOptions, 'onProgress'> = {},
  spentMs = 0,
): AsyncGenerator<JobEvent, void> {
  let failure: M2fpError | undefined;
  const note = (error: M2fpError): void => {
    failure = error;
    onRetry?.(error);
  };
  const timeIsUp = (): M2fpError => timeUp(timeoutMs, failure, { jobId: id });
  const limit = startTimeLimit(Math.max(0, timeoutMs - spentMs), outer, timeIsUp);
  const stream = new JobStream(connection, id, limit.signal, note);
  let last: Job | undefined;
  const isNews = (job: Job): boolean => last === undefined || summary(job) !== summary(last);
  try {
    for (;;) {
      for await (const job of stream.changes()) {
        failure = undefined;
        if (!isNews(job)) continue;
        yield { type: typeOf(job, last), job };
        last = job;
        if (hasEnded(job)) return;
      }
      // What the stream missed, or all there is where no stream gets through.
      const job = await stream.read();
      failure = undefined;
      if (isNews(job)) {
        yield { type: typeOf(job, last), job };
        last = job;
      }
      if (hasEnded(job)) return;
      await pause(stream.pauseMs(), limit.signal);
    }
  } finally {
    limit.end();
  }
}

export function hasEnded({ status }: Pick<Job, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

export function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

function typeOf(job: Job, last: Job | undefined): JobEvent['type'] {
  if (hasEnded(job)) return 'done';
  return job.status === last?.status && job.status === 'processing' ? 'progress' : 'state';
}

/** What makes a job another one to somebody who waits for it. */
function summary({ status, attempts, progress, queue }: Job): string {
  return [status, attempts, progress.percent, progress.stage, progress.done, queue?.position].join(' ');
}

/** What is not JSON comes from something else on the way. */
function readJob(data: string): Job {
  try {
    return JSON.parse(data) as Job;
  } catch (cause) {
    throw new M2fpError('network', 'An event is not JSON: is this the service?', { cause });
  }
}

class JobStream {
  readonly #connection: Connection;
  readonly #id: string;
  readonly #signal: AbortSignal;
  readonly #onRetry: CallOptions['onRetry'];
  #lastEventId: string | undefined;
  #failures = 0;
  #polls = 0;
  /** Until then the service wants no stream to be asked for. */
  #refusedUntilMs = 0;

  constructor(connection: Connection, id: string, signal: AbortSignal, onRetry: CallOptions['onRetry']) {
    this.#connection = connection;
    this.#id = id;
    this.#signal = signal;
    this.#onRetry = onRetry;
  }

  read(): Promise<Job> {
    const wait = { signal: this.#signal, onRetry: this.#onRetry };
    return this.#connection.poll(jobPath(this.#id), readJson<Job>, wait);
  }

  pauseMs(): number {
    return Math.min(longestPollMs, shortestPollMs * 2 ** Math.min(this.#failures, 10));
  }

  /** The job, each time the stream tells of it; ends when the stream does, however that happens. */
  async *changes(): AsyncGenerator<Job, void> {
    if (Date.now() < this.#refusedUntilMs) return;
    if (this.#failures >= failuresBeforePolling && this.#polls++ % pollsPerStream > 0) return;
    this.#failures++;
    try {
      yield* this.#follow();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof M2fpError) this.#refusedUntilMs = Date.now() + (error.retryAfterMs ?? 0);
      // A job that is not there ends the wait when it is read.
      if (isTransient(error)) this.#onRetry?.(error);
      else if (!(error instanceof M2fpError)) throw error;
    }
  }

  async *#follow(): AsyncGenerator<Job, void> {
    const headers = new Headers({ Accept: 'text/event-stream' });
    if (this.#lastEventId !== undefined) headers.set('Last-Event-ID', this.#lastEventId);
    const init = { headers, signal: this.#signal };
    const beginMs = this.#lastEventId === undefined ? firstEventMs : silenceMs;
    const { response, limit } = await this.#connection.open(`${jobPath(this.#id)}/events`, init, beginMs);
    limit.renew(beginMs);
    const events = readEvents(response.body, () => limit.renew(silenceMs));
    try {
      for (;;) {
        const { done, value } = await reach(orAborted(events.next(), limit.signal), this.#signal);
        if (done === true) return;
        const job = readJob(value.data);
        this.#failures = 0;
        this.#lastEventId = value.id ?? this.#lastEventId;
        yield job;
      }
    } finally {
      limit.end();
      // Not awaited: a stream that does not heed the abort would never say that it is closed.
      void events.return();
    }
  }
}
