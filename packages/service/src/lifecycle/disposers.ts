import { withDeadline } from '../deadline.ts';
import type { Logger } from '../logger/logger.ts';

interface Step {
  readonly name: string;
  readonly dispose: () => unknown;
  readonly timeoutMs: number;
}

/** No step holds up the exit for longer, unless it says so. */
const defaultTimeoutMs = 3_000;
/** What a step gets even if those before it used up all the time. */
const leastMs = 500;

/** What a process has to clean up before it exits: last in, first out. */
export class Disposers {
  readonly #log: Logger;
  readonly #steps: Step[] = [];
  #withinMs = Number.POSITIVE_INFINITY;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A step that resolves to `false` has failed, and has logged that itself. */
  defer(name: string, dispose: () => unknown, timeoutMs = defaultTimeoutMs): void {
    this.#steps.push({ name, dispose, timeoutMs });
  }

  /** For all steps together; each still has half a second. */
  limitTo(ms: number): void {
    this.#withinMs = ms;
  }

  /**
   * Runs and awaits each step once. One that throws or hangs is logged and does not keep others from running. Resolves
   * to true if all succeeded.
   */
  async run(): Promise<boolean> {
    const deadline = performance.now() + this.#withinMs;
    let endedCleanly = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const timeoutMs = Math.min(step.timeoutMs, Math.max(leastMs, deadline - performance.now()));
      try {
        const message = `It did not end within ${Math.round(timeoutMs)} ms.`;
        const result = await withDeadline({ timeoutMs, code: 'timeout', message }, async () => step.dispose());
        if (result === false) endedCleanly = false;
      } catch (error) {
        this.#log.warn({ err: error, step: step.name }, 'a step of the shutdown failed');
        endedCleanly = false;
      }
    }
    return endedCleanly;
  }
}
