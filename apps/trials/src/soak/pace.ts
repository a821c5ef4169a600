/** Visits spread evenly over a time, however long each takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Visit } from './visits.ts';

export interface Pace {
  readonly visits: readonly Visit[];
  /** Photos to be sent in that time. */
  readonly photos: number;
  readonly seconds: number;
  /** Visits in progress; beyond it, the next one waits for a place. */
  readonly mostAtOnce: number;
  readonly signal: AbortSignal;
}

/**
 * Starts the visits in turn, each when its photos are due, and not after the time is over. Resolves, when all of them
 * have ended, to the number of photos that were sent.
 */
export async function runVisits(pace: Pace, run: (visit: Visit, number: number) => Promise<void>): Promise<number> {
  const { visits, photos, seconds, mostAtOnce, signal } = pace;
  const startedAt = performance.now();
  const running = new Set<Promise<void>>();
  let sent = 0;
  for (let number = 0; sent < photos; number++) {
    const visit = visits[number % visits.length];
    if (visit === undefined) break;
    const dueMs = startedAt + (sent / photos) * seconds * 1_000 - performance.now();
    if (dueMs > 0) await sleep(dueMs, undefined, { signal });
    while (running.size >= mostAtOnce) await Promise.race(running);
    if (signal.aborted || performance.now() - startedAt > seconds * 1_000) break;
    const visiting: Promise<void> = run(visit, number).finally(() => running.delete(visiting));
    running.add(visiting);
    sent += visit.photos;
  }
  await Promise.all(running);
  return sent;
}
