/**
 * Follows the queue's event stream and tells whoever waits for a job. The stream only says when to look: the job itself
 * is then read, so an event that is lost, or told twice, does no harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Listeners } from './listeners.ts';
import type { JobChanges } from './queue.ts';

/** Shorter than the connection's own limit for an answer. */
const blockMs = 1_000;
const retryMs = 250;
const entriesAtOnce = 1_000;

type Entry = readonly [id: string, fields: readonly string[]];

export class RedisJobChanges implements JobChanges {
  readonly #connection: Redis;
  readonly #stream: string;
  readonly #listeners = new Listeners();
  readonly #following: Promise<void>;
  #isClosed = false;

  /**
   * @param connection of its own, because reading blocks it; the caller's to close, before `close`
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
        for (const [, fields] of entries) this.#tell(fields);
        last = entries.at(-1)?.[0] ?? last;
      } catch {
        // The connection tells of its outages itself. What happened meanwhile is in the stream still, unless Redis
        // lost it: then it begins anew.
        await sleep(retryMs);
      }
    }
  }

  async #lastId(): Promise<string> {
    const [latest] = await this.#connection.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
    return latest?.[0] ?? '0-0';
  }

  async #read(after: string): Promise<readonly Entry[]> {
    const found = await this.#connection.xread(
      'COUNT',
      entriesAtOnce,
      'BLOCK',
      blockMs,
      'STREAMS',
      this.#stream,
      after,
    );
    return found?.[0]?.[1] ?? [];
  }

  #tell(fields: readonly string[]): void {
    const name = fields.findIndex((text, index) => index % 2 === 0 && text === 'jobId');
    const jobId = name < 0 ? undefined : fields[name + 1];
    if (jobId !== undefined) this.#listeners.tell(jobId);
  }
}
