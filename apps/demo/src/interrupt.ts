/** Why a run was stopped from outside. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`Stopped by ${signal}.`);
    this.name = 'Interrupted';
    // What shells report for a process ended by a signal.
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/**
 * Aborts `controller` at the first Ctrl-C, SIGTERM or closed terminal; the next one ends this process at once (the
 * services' reaper then clears what was started).
 */
export function abortOnSignals(controller: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const interruption = new Interrupted(signal);
      if (controller.signal.aborted) process.exit(interruption.exitCode);
      controller.abort(interruption);
    });
  }
}
