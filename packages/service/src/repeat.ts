import { setTimeout as sleep } from 'node:timers/promises';

/** Work that a process does again and again. */
export interface Routine {
  /** Does not begin it again; resolves once it is not running. */
  stop(): Promise<void>;
}

/**
 * Does the work now, and again `ms` after each time it has ended, so that it never runs twice at once.
 * @param work its signal aborts when the routine is stopped
 * @param onError gets what the work throws, unless the routine was stopped by then
 */
export function repeatEvery(
  ms: number,
  work: (signal: AbortSignal) => Promise<unknown>,
  onError: (error: unknown) => void,
): Routine {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await work(signal).catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      });
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
