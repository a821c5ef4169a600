/**
 * Follows the event streams of all models' queues and notifies requests that wait for a job. A stream only says when to
 * look: the job itself is then read, so an event that is lost or seen twice does no harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { JobChanges } from './queue.ts';

/** Who is waiting for which job. */
export class JobListeners {
  readonly #byJob = new Map<string, Set<() => void>>();

  /** Until the returned function is called. */
  add(jobId: string, listener: () => void): () => void {
    const ofJob = this.#byJob.get(jobId) ?? new Set();
    this.#byJob.set(jobId, ofJob.add(listener));
    return () => {
      ofJob.delete(listener);
      if (ofJob.size === 0 && this.#byJob.get(jobId) === ofJob) this.#byJob.delete(jobId);
    };
  }

  notify(jobId: string): void {
    for (const listener of this.#byJob.get(jobId) ?? []) listener();
  }
}

/** Shorter than the connection's own timeout for an answer. */
const blockMs = 1_000;
const retryMs = 250;
const entriesPerRead = 1_000;

type Entry = readonly [id: string, fields: readonly string[]];

export class RedisJobChanges implements JobChanges {
  readonly #connection: Redis;
  readonly #streams: () => readonly string[];
  readonly #listeners = new JobListeners();
  readonly #following: Promise<void>;
  #isClosed = false;

  /**
   * @param connection dedicated, because reading blocks it; the caller closes it, before `close`
   * @param streams the queues' event streams as of now
   */
  constructor(connection: Redis, streams: () => readonly string[]) {
    this.#connection = connection;
    this.#streams = streams;
    this.#following = this.#follow();
  }

  subscribe(id: string, listener: () => void): () => void {
    return this.#listeners.add(id, listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#following;
  }

  async #follow(): Promise<void> {
    /** Stream → the last entry that was read. */
    const last = new Map<string, string>();
    while (!this.#isClosed) {
      try {
        for (const [stream, entries] of await this.#read(last)) {
          for (const [, fields] of entries) this.#notify(fields);
          const latest = entries.at(-1)?.[0];
          if (latest !== undefined) last.set(stream, latest);
        }
      } catch {
        // The connection reports its own outages. What happened meanwhile is still in the stream, unless Redis lost it:
        // then the stream starts over.
        await sleep(retryMs);
      }
    }
  }

  /** A stream that is new is read from its present end on. */
  async #read(last: Map<string, string>): Promise<readonly (readonly [stream: string, entries: readonly Entry[]])[]> {
    const streams = this.#streams();
    for (const stream of streams) if (!last.has(stream)) last.set(stream, await this.#lastId(stream));
    const after = streams.map((stream) => last.get(stream) ?? '0-0');
    const limits = ['COUNT', entriesPerRead, 'BLOCK', blockMs] as const;
    return (await this.#connection.xread(...limits, 'STREAMS', ...streams, ...after)) ?? [];
  }

  async #lastId(stream: string): Promise<string> {
    const [latest] = await this.#connection.xrevrange(stream, '+', '-', 'COUNT', 1);
    return latest?.[0] ?? '0-0';
  }

  #notify(fields: readonly string[]): void {
    const name = fields.findIndex((text, index) => index % 2 === 0 && text === 'jobId');
    const jobId = name < 0 ? undefined : fields[name + 1];
    if (jobId !== undefined) this.#listeners.notify(jobId);
  }
}
