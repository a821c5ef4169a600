import { setTimeout as sleep } from 'node:timers/promises';

export interface Repeated {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** Does the work now, and again `ms` after each end. What it throws goes to `onError`. */
export function repeat(
  ms: number,
  work: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await work(signal).catch(onError);
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
