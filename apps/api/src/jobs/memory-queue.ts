import { QueueUnavailable } from './queue.ts';
import type { JobQueue, JobRecord } from './queue.ts';

/** What a worker does to a job, for tests. */
export interface QueueWorker {
  /** Takes the next job and returns its id, or undefined where none waits. */
  take(): Promise<string | undefined>;
  progress(id: string, progress: object): Promise<void>;
  complete(id: string, result: unknown): Promise<void>;
  /** Ends the attempt: for good if it may not be retried or was the last one. */
  fail(id: string, reason: string, options: { retry: boolean }): Promise<void>;
}

interface Entry {
  record: JobRecord;
  readonly priority: number;
  readonly order: number;
}

/** A `JobQueue` in memory, for tests of what is built on it. Held to the same conformance tests as the real one. */
export class MemoryJobQueue implements JobQueue, QueueWorker {
  /** While true, every call fails as if Redis were away. */
  isAway = false;
  workerCount: number | undefined = 0;
  readonly #entries = new Map<string, Entry>();

  async add(id: string, data: unknown, { priority }: { priority: number }): Promise<void> {
    this.#assertThere();
    if (this.#entries.has(id)) return;
    const record: JobRecord = {
      id,
      state: 'queued',
      data: structuredClone(data),
      progress: 0,
      attempts: 0,
      startedAtMs: undefined,
      finishedAtMs: undefined,
      result: undefined,
      failure: undefined,
    };
    this.#entries.set(id, { record, priority, order: this.#entries.size });
  }

  async find(id: string): Promise<JobRecord | undefined> {
    this.#assertThere();
    return this.#entries.get(id)?.record;
  }

  async backlog(): Promise<number> {
    this.#assertThere();
    return this.#waiting().length;
  }

  async workers(): Promise<number | undefined> {
    this.#assertThere();
    return this.workerCount;
  }

  async close(): Promise<void> {}

  async take(): Promise<string | undefined> {
    const [next] = this.#waiting().sort((a, b) => a.priority - b.priority || a.order - b.order);
    if (next === undefined) return undefined;
    const { id, attempts } = next.record;
    this.#change(id, { state: 'processing', attempts: attempts + 1, startedAtMs: Date.now() });
    return id;
  }

  async progress(id: string, progress: object): Promise<void> {
    this.#change(id, { progress });
  }

  async complete(id: string, result: unknown): Promise<void> {
    this.#change(id, { state: 'succeeded', result, finishedAtMs: Date.now() });
  }

  async fail(id: string, reason: string, { retry }: { retry: boolean }): Promise<void> {
    if (retry) this.#change(id, { state: 'queued' });
    else this.#change(id, { state: 'failed', failure: reason, finishedAtMs: Date.now() });
  }

  #waiting(): Entry[] {
    return [...this.#entries.values()].filter(({ record }) => record.state === 'queued');
  }

  #change(id: string, change: Partial<JobRecord>): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`no job ${id}`);
    entry.record = { ...entry.record, ...change };
  }

  #assertThere(): void {
    if (this.isAway) throw new QueueUnavailable();
  }
}
