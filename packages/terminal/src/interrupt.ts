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

/** npm passes a Ctrl-C on that the terminal has sent to all of us already: within this time it is one and the same. */
const sameSignalMs = 1_000;
const parentCheckMs = 500;

/**
 * Aborts `controller` at the first Ctrl-C, SIGTERM or closed terminal; a later one ends this process at once (the
 * services' reaper then clears what was started). `followParent`: also when the process that started this one is gone,
 * as npm is after a SIGKILL, which it cannot pass on.
 */
export function abortOnSignals(controller: AbortController, { followParent }: { followParent: boolean }): void {
  let firstAt: number | undefined;
  const interrupt = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const interruption = new Interrupted(signal);
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort(interruption);
    } else if (performance.now() - firstAt > sameSignalMs) {
      process.exit(interruption.exitCode);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  if (!followParent) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    interrupt('SIGHUP');
  }, parentCheckMs).unref();
}
