/**
 * Follows the queue's event stream and notifies requests that wait for a job. The stream only says when to look: the
 * job itself is then read, so an event that is lost or seen twice does no harm.
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
  readonly #stream: string;
  readonly #listeners = new JobListeners();
  readonly #following: Promise<void>;
  #isClosed = false;

  /**
   * @param connection dedicated, because reading blocks it; the caller closes it, before `close`
   * @param stream the queue's event stream
   */
  constructor(connection: Redis, stream: string) {
    this.#connection = connection;
    this.#stream = stream;
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
    let last: string | undefined;
    while (!this.#isClosed) {
      try {
        last ??= await this.#lastId();
        const entries = await this.#read(last);
        for (const [, fields] of entries) this.#notify(fields);
        last = entries.at(-1)?.[0] ?? last;
      } catch {
        // The connection reports its own outages. What happened meanwhile is still in the stream, unless Redis lost it:
        // then the stream starts over.
        await sleep(retryMs);
      }
    }
  }

  async #lastId(): Promise<string> {
    const [latest] = await this.#connection.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
    return latest?.[0] ?? '0-0';
  }

  async #read(after: string): Promise<readonly Entry[]> {
    const limits = ['COUNT', entriesPerRead, 'BLOCK', blockMs] as const;
    const found = await this.#connection.xread(...limits, 'STREAMS', this.#stream, after);
    return found?.[0]?.[1] ?? [];
  }

  #notify(fields: readonly string[]): void {
    const name = fields.findIndex((text, index) => index % 2 === 0 && text === 'jobId');
    const jobId = name < 0 ? undefined : fields[name + 1];
    if (jobId !== undefined) this.#listeners.notify(jobId);
  }
}
