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

/** What a first Ctrl-C leaves to be done. */
export interface Unfinished {
  /** As in "Stopping: …"; nothing while nothing of note is being done. */
  words?: (() => string | undefined) | undefined;
}

export interface SignalSettings {
  /** Also stop when the parent process is gone, as npm is after a SIGKILL, which it cannot forward. */
  readonly followParent: boolean;
  readonly unfinished?: Unfinished;
  readonly stderr?: NodeJS.WritableStream;
}

/** npm forwards a Ctrl-C that the terminal has already sent to every process: within this time it is the same one. */
const sameSignalMs = 500;
/** What ends sooner needs no words. */
const patienceMs = 500;
const parentCheckMs = 500;

/**
 * Aborts `controller` on the first Ctrl-C, SIGTERM or closed terminal, and says what it waits for if that takes a
 * moment; a later one ends this process immediately (the reaper of dev-services then cleans up what was started).
 */
export function abortOnSignals(controller: AbortController, settings: SignalSettings): void {
  const { followParent, unfinished = {}, stderr = process.stderr } = settings;
  let firstAt: number | undefined;
  const interrupt = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const interruption = new Interrupted(signal);
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      sayWhatIsLeft(unfinished, stderr);
      controller.abort(interruption);
    } else if (!followParent || now - firstAt > sameSignalMs) {
      stderr.write('Stopped at once.\n');
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

/** At once if somebody said what it is, else if it takes longer than expected. */
function sayWhatIsLeft({ words }: Unfinished, stderr: NodeJS.WritableStream): void {
  const say = (what: string): void => void stderr.write(`Stopping${what} (Ctrl-C again stops at once)\n`);
  const what = words?.();
  if (what !== undefined) say(`: ${what}`);
  else setTimeout(() => say(' …'), patienceMs).unref();
}

/** On Windows, a process keeps its parent's id when that is gone. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
