import { isFinal } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';
import { QueueUnavailable } from './queue.ts';
import type { JobChanges, JobQueue } from './queue.ts';

export interface FollowParts {
  readonly queue: Pick<JobQueue, 'find'>;
  readonly changes: JobChanges;
}

export interface FollowSettings {
  /** The job is read at least this often, even without a notification. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/**
 * The job as it is now, and again each time it may have changed; ends when the job has ended, is gone (undefined), or
 * the signal aborts. Waits out an outage of the queue.
 */
export async function* followJob(
  id: string,
  { queue, changes }: FollowParts,
  { pollMs, signal }: FollowSettings,
): AsyncGenerator<JobRecord | undefined, void> {
  const bell = new Bell();
  const unsubscribe = changes.subscribe(id, () => bell.ring());
  try {
    while (!signal.aborted) {
      const look = await read(id, queue);
      if (look.isKnown) yield look.record;
      if (look.isKnown && (look.record === undefined || isFinal(look.record))) return;
      await bell.heard(pollMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

type Look = { readonly isKnown: true; readonly record: JobRecord | undefined } | { readonly isKnown: false };

async function read(id: string, queue: Pick<JobQueue, 'find'>): Promise<Look> {
  try {
    return { isKnown: true, record: await queue.find(id) };
  } catch (error) {
    if (error instanceof QueueUnavailable) return { isKnown: false };
    throw error;
  }
}

/** Remembers a ring while nobody is waiting for one. */
class Bell {
  #hasRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  /** Resolves at a ring, after `ms`, or when the signal aborts. */
  async heard(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasRung && !signal.aborted) await this.#wait(ms, signal);
    this.#hasRung = false;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}
