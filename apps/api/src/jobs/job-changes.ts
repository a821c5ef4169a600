/**
 * Follows the event streams of all models' queues and notifies requests that wait for a job. A stream only says when to
 * look: the job itself is then read, so an event that is lost or seen twice does no harm. While nobody waits, nothing
 * is read: most jobs are asked for later, and each has half a dozen events.
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

  get isEmpty(): boolean {
    return this.#byJob.size === 0;
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
  /** Ends the pause while nobody waits. */
  #wake: () => void = () => undefined;

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
    const end = this.#listeners.add(id, listener);
    this.#wake();
    return end;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#following;
  }

  async #follow(): Promise<void> {
    /** Stream → the last entry that was read. */
    const last = new Map<string, string>();
    while (!this.#isClosed) {
      if (this.#listeners.isEmpty) {
        last.clear();
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
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

  /** A stream that is new is read from a moment ago on. */
  async #read(last: Map<string, string>): Promise<readonly (readonly [stream: string, entries: readonly Entry[]])[]> {
    const streams = this.#streams();
    const added = streams.filter((stream) => !last.has(stream));
    if (added.length > 0) {
      const from = await this.#aMomentAgo();
      for (const stream of added) last.set(stream, from);
    }
    const after = streams.map((stream) => last.get(stream) ?? '0-0');
    const limits = ['COUNT', entriesPerRead, 'BLOCK', blockMs] as const;
    return (await this.#connection.xread(...limits, 'STREAMS', ...streams, ...after)) ?? [];
  }

  /** Before those who wait began to, and looked at their jobs. By Redis's clock, as the ids of entries are. */
  async #aMomentAgo(): Promise<string> {
    const [seconds] = await this.#connection.time();
    return `${(Number(seconds) - 1) * 1_000}-0`;
  }

  #notify(fields: readonly string[]): void {
    const name = fields.findIndex((text, index) => index % 2 === 0 && text === 'jobId');
    const jobId = name < 0 ? undefined : fields[name + 1];
    if (jobId !== undefined) this.#listeners.notify(jobId);
  }
}
