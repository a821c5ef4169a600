import type { Authenticator } from '../src/access/authenticator.ts';
import { anonymousCaller } from '../src/access/caller.ts';
import type { PrefixSettings } from '@m2fp/queue/access';
import type { JobLimit } from '../src/access/job-limit.ts';

/** Accepts requests without a key, as an API on loopback does while none is configured. For tests of other things. */
export function openAccess(settings: PrefixSettings): Authenticator {
  return {
    identify: async (key) => (key === undefined ? anonymousCaller(settings) : undefined),
    countRequest: async () => undefined,
  };
}

/** In this process's memory; jobs count until they are released. */
export class MemoryJobLimit implements JobLimit {
  readonly #jobs = new Map<string, Set<string>>();

  async reserve(owner: string, jobId: string, limit: number): Promise<boolean> {
    const jobs = this.#jobs.get(owner) ?? new Set();
    if (jobs.size >= limit && !jobs.has(jobId)) return false;
    this.#jobs.set(owner, jobs.add(jobId));
    return true;
  }

  async release(owner: string, jobId: string): Promise<void> {
    this.#jobs.get(owner)?.delete(jobId);
  }
}
