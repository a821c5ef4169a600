import type { JobClass, JobData, JobRecord, JobStatus } from '@m2fp/contract';
import type { CancelOutcome, RemoveResults } from '@m2fp/queue/jobs';
import type { PendingUpload } from '@m2fp/queue/retention';

/** An entry of an owner's history, which outlasts the job. */
export interface PastJob {
  readonly id: string;
  readonly createdAtMs: number;
}

/** The place in the queue of a job that waits for a worker. */
export interface QueuePlace {
  /** 1 = the next to be picked up. */
  readonly position: number;
  /** Seconds; null if there is nothing to estimate it from. */
  readonly estimatedWaitS: number | null;
}

export interface AddOptions {
  readonly class: JobClass;
  /** Onto whose queue. */
  readonly model: string;
  /** The photo was announced by `expectUpload`. */
  readonly isUpload?: boolean;
}

/**
 * What the routes need of the job queues of all models. A job is found by its id on whichever it is. Each call answers
 * or throws `QueueUnavailable` within its own deadline; none waits for a connection to come back.
 */
export interface JobQueue {
  /** Adds a job. An id that already exists is left unchanged: adding twice makes one job. Owners take turns. */
  add(id: string, data: JobData, options: AddOptions): Promise<void>;
  /** Undefined if there is no such job. */
  find(id: string): Promise<JobRecord | undefined>;
  /** The statuses of some hundred jobs at most, without reading the jobs; undefined where there is no such job. */
  statuses(ids: readonly string[]): Promise<(JobStatus | undefined)[]>;
  /**
   * Notes that a photo is about to be stored for a job. Until the job is added or the photo is said to be dropped, it
   * counts as abandoned: after an hour, or a day if the request may be sent again.
   */
  expectUpload(upload: PendingUpload, options: { isRepeatable: boolean }): Promise<void>;
  /** The photo is gone. */
  dropUpload(upload: PendingUpload): Promise<void>;
  /**
   * Says that somebody follows the job: for `watchedTtlS` from now on, its worker tells of each step that it makes.
   * @param isRunning its worker did not see this when it took the job
   */
  watch(id: string, options: { isRunning: boolean }): Promise<void>;
  /** Its place in its model's queue; undefined if it does not wait, or only for the time of its next attempt. */
  place(job: Pick<JobRecord, 'id' | 'model'>): Promise<QueuePlace | undefined>;
  /**
   * Ends a job as failed with code `canceled`. A running job is `stopping`: its worker was notified and ends it within
   * a second. Safe to repeat. Throws what `removeResults` throws: before a waiting job is ended, it is called if an
   * earlier attempt may have stored results.
   */
  cancel(id: string, removeResults: RemoveResults): Promise<CancelOutcome>;
  /** Removes an owner's job without a trace, unless it is running: then false. True if there is none. */
  remove(id: string, owner: string): Promise<boolean>;
  /** An owner's jobs, newest first, those after `before`; includes jobs no longer kept, for the same time again. */
  history(owner: string, options: { before?: PastJob | undefined; limit: number }): Promise<PastJob[]>;
  /** Whether it is in the owner's history. */
  isKnown(id: string, owner: string): Promise<boolean>;
  /** How many jobs of a model wait for a worker, including those that wait for their next attempt. */
  backlog(model: string): Promise<number>;
  /** How many workers each model has now; undefined if the server does not list its clients. */
  workers(): Promise<ReadonlyMap<string, number> | undefined>;
  close(): Promise<void>;
}

/** Says when to read a job again. It may do so late or, during an outage, not at all, so jobs must also be polled. */
export interface JobChanges {
  /** Calls `listener` whenever something about the job may have changed, until the returned function is called. */
  subscribe(id: string, listener: () => void): () => void;
}
