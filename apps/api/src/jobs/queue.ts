import type { JobData, JobRecord } from '@m2fp/contract';
export { QueueUnavailable } from '@m2fp/service/redis';
import type { CancelOutcome, RemoveResults } from '@m2fp/queue/jobs';

/** An entry of an owner's history, which outlasts the job. */
export interface PastJob {
  readonly id: string;
  readonly createdAtMs: number;
}

/** Where a job stands that waits for a worker. */
export interface QueuePlace {
  /** 1 = the next to be taken. */
  readonly position: number;
  /** Seconds; null where nothing is known to tell by. */
  readonly estimatedWaitS: number | null;
}

/**
 * What the routes need of the job queue. Each call answers or throws `QueueUnavailable` within its own deadline; none
 * waits for a connection to come back.
 */
export interface JobQueue {
  /** Adds a job. An id that is there already is left as it is: adding twice makes one job. Lower priority goes first. */
  add(id: string, data: JobData, options: { priority: number }): Promise<void>;
  /** Undefined where there is no such job. */
  find(id: string): Promise<JobRecord | undefined>;
  /** Where it waits; undefined where it does not wait, or only for the time of its next attempt. */
  place(id: string): Promise<QueuePlace | undefined>;
  /**
   * Ends a job as failed with code `canceled`. One that runs is `stopping`: its worker was told, and ends it within a
   * second. Safe to repeat. Throws what `removeResults` throws: it is called for a waiting job that an earlier attempt
   * may have stored results of, before the job is ended.
   */
  cancel(id: string, removeResults: RemoveResults): Promise<CancelOutcome>;
  /** Takes an owner's job away without a trace, unless it runs: then false. True where there is none. */
  remove(id: string, owner: string): Promise<boolean>;
  /** An owner's jobs, newest first, from after `before` on; also such as are no longer kept, for as long again. */
  history(owner: string, options: { before?: PastJob | undefined; limit: number }): Promise<PastJob[]>;
  /** Whether the history has it. */
  isKnown(id: string, owner: string): Promise<boolean>;
  /** How many jobs wait for a worker, the ones that wait for their next attempt included. */
  backlog(): Promise<number>;
  /** How many workers are connected; undefined where the server does not tell. */
  workers(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** Tells when to look at a job again. What it tells may come late or, in an outage, not at all: look now and then too. */
export interface JobChanges {
  /** Calls `listener` whenever something about the job may have changed, until the returned function is called. */
  subscribe(id: string, listener: () => void): () => void;
}
