import { anonymousOwner, isFinal, jobClasses, summarizeJob } from '@m2fp/contract';
import type { JobClass, JobData, JobRecord, JobStatus } from '@m2fp/contract';
import type { CancelOutcome } from '@m2fp/queue/jobs';
import type { PendingUpload } from '@m2fp/queue/retention';
import { JobListeners } from '../src/jobs/job-changes.ts';
import { QueueUnavailable } from '@m2fp/service/redis';
import type { AddOptions, JobChanges, JobQueue, PastJob, QueuePlace } from '../src/jobs/queue.ts';

/** What a worker does to a job, for tests. */
export interface QueueWorker {
  /** Takes the next job and returns its id, or undefined if none waits. */
  take(): Promise<string | undefined>;
  progress(id: string, progress: object): Promise<void>;
  complete(id: string, result: unknown): Promise<void>;
  /** Ends the attempt: for good if it may not be retried or was the last one. */
  fail(id: string, reason: string, options: { retry: boolean }): Promise<void>;
}

interface Entry {
  record: JobRecord;
  readonly class: JobClass;
  readonly order: number;
}

/** A `JobQueue` in memory, for tests of what is built on it. Held to the same conformance tests as the real one. */
export class MemoryJobQueue implements JobQueue, JobChanges, QueueWorker {
  /** While true, every call fails as if Redis were down. */
  isDown = false;
  /** Jobs whose cancellation was requested. */
  readonly canceled = new Set<string>();
  /** Jobs that somebody followed. */
  readonly watched = new Set<string>();
  /** Of each model; undefined if Redis does not list its clients. */
  workerCounts: ReadonlyMap<string, number> | undefined = new Map();
  /** How often it was asked whether it takes writes. */
  writeChecks = 0;
  /** Keys of photos that were announced, and that neither belong to a job yet nor were dropped. */
  readonly pendingUploads = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new JobListeners();
  #history: (PastJob & { readonly owner: string })[] = [];

  async add(id: string, data: unknown, { isUpload = false, ...options }: AddOptions): Promise<void> {
    this.#assertThere();
    if (isUpload) this.pendingUploads.delete((data as JobData).input.key);
    if (this.#entries.has(id)) return;
    const record: JobRecord = {
      id,
      model: options.model,
      state: 'queued',
      data: structuredClone(data),
      progress: 0,
      attempts: 0,
      startedAtMs: undefined,
      finishedAtMs: undefined,
      result: undefined,
      failure: undefined,
    };
    const { owner = anonymousOwner, createdAt = '' } = data as Partial<JobData>;
    this.#history.push({ id, owner, createdAtMs: Date.parse(createdAt) });
    this.#entries.set(id, { record, class: options.class, order: this.#entries.size });
  }

  async find(id: string): Promise<JobRecord | undefined> {
    this.#assertThere();
    return this.#entries.get(id)?.record;
  }

  async statuses(ids: readonly string[]): Promise<(JobStatus | undefined)[]> {
    this.#assertThere();
    return ids.map((id) => {
      const record = this.#entries.get(id)?.record;
      return record === undefined ? undefined : summarizeJob(record).status;
    });
  }

  async expectUpload({ key }: PendingUpload): Promise<void> {
    this.#assertThere();
    this.pendingUploads.add(key);
  }

  async dropUpload({ key }: PendingUpload): Promise<void> {
    this.#assertThere();
    this.pendingUploads.delete(key);
  }

  async place({ id, model }: Pick<JobRecord, 'id' | 'model'>): Promise<QueuePlace | undefined> {
    this.#assertThere();
    const queue = this.#inOrder().filter(({ record }) => record.model === model);
    const index = queue.findIndex(({ record }) => record.id === id);
    return index < 0 ? undefined : { position: index + 1, estimatedWaitS: null };
  }

  async watch(id: string): Promise<void> {
    this.#assertThere();
    this.watched.add(id);
  }

  async cancel(id: string): Promise<CancelOutcome> {
    this.#assertThere();
    const record = this.#entries.get(id)?.record;
    if (record === undefined) return 'unknown';
    if (isFinal(record)) return 'finished';
    this.canceled.add(id);
    if (record.state === 'processing') return 'stopping';
    await this.fail(id, '{"code":"canceled","message":"The job was canceled."}', { retry: false });
    return 'canceled';
  }

  async remove(id: string, owner: string): Promise<boolean> {
    this.#assertThere();
    if (this.#entries.get(id)?.record.state === 'processing') return false;
    this.#entries.delete(id);
    this.#history = this.#history.filter((past) => past.id !== id || past.owner !== owner);
    this.#listeners.notify(id);
    return true;
  }

  /** The job is no longer kept. */
  forget(id: string): void {
    this.#entries.delete(id);
    this.#listeners.notify(id);
  }

  async history(owner: string, { before, limit }: { before?: PastJob | undefined; limit: number }): Promise<PastJob[]> {
    this.#assertThere();
    const isAfter = (past: PastJob): boolean =>
      before === undefined ||
      past.createdAtMs < before.createdAtMs ||
      (past.createdAtMs === before.createdAtMs && past.id < before.id);
    return this.#history
      .filter((past) => past.owner === owner && isAfter(past))
      .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map(({ id, createdAtMs }) => ({ id, createdAtMs }));
  }

  async isKnown(id: string, owner: string): Promise<boolean> {
    this.#assertThere();
    return this.#history.some((past) => past.id === id && past.owner === owner);
  }

  subscribe(id: string, listener: () => void): () => void {
    return this.#listeners.add(id, listener);
  }

  async backlog(model = 'portrait'): Promise<number> {
    this.#assertThere();
    return this.#waiting().filter(({ record }) => record.model === model).length;
  }

  async assertWritable(): Promise<void> {
    this.#assertThere();
    this.writeChecks++;
  }

  async workers(): Promise<ReadonlyMap<string, number> | undefined> {
    this.#assertThere();
    return this.workerCounts;
  }

  async close(): Promise<void> {}

  async take(): Promise<string | undefined> {
    const [next] = this.#inOrder();
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

  #inOrder(): Entry[] {
    const rank = (entry: Entry): number => jobClasses.indexOf(entry.class);
    return this.#waiting().sort((a, b) => rank(a) - rank(b) || a.order - b.order);
  }

  #change(id: string, change: Partial<JobRecord>): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`no job ${id}`);
    entry.record = { ...entry.record, ...change };
    this.#listeners.notify(id);
  }

  #assertThere(): void {
    if (this.isDown) throw new QueueUnavailable();
  }
}
