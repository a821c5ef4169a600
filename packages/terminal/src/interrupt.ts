/** Why a run was stopped from outside. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`Stopped by ${signal}.`);
    this.name = 'Interrupted';
    // What shells report for a process killed by a signal.
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/** npm forwards a Ctrl-C that the terminal has already sent to every process: within this time it is the same one. */
const sameSignalMs = 1_000;
const parentCheckMs = 500;

/**
 * Aborts `controller` on the first Ctrl-C, SIGTERM or closed terminal; a later one ends this process immediately (the
 * reaper of dev-services then cleans up what was started). With `followParent`, also when the parent process is gone,
 * as npm is after a SIGKILL, which it cannot forward.
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
    if (process.ppid === parent && isAlive(parent)) return;
    clearInterval(timer);
    interrupt('SIGHUP');
  }, parentCheckMs).unref();
}

/** On Windows, a process keeps its parent's id when that is gone. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
