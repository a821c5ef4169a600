import type { Logger } from 'pino';

interface Disposer {
  readonly name: string;
  readonly dispose: () => Promise<void> | void;
  readonly timeoutMs: number;
}

/** No disposer holds up the exit for longer, unless it says so. */
const defaultTimeoutMs = 3_000;

/** What has to be put away at the end, last in, first out. */
export class Disposers {
  readonly #log: Logger;
  readonly #disposers: Disposer[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  defer(name: string, dispose: Disposer['dispose'], timeoutMs = defaultTimeoutMs): void {
    this.#disposers.push({ name, dispose, timeoutMs });
  }

  /** Runs and awaits each once. One that throws or hangs is logged and does not keep the others from running. */
  async run(): Promise<void> {
    for (let next = this.#disposers.pop(); next !== undefined; next = this.#disposers.pop()) {
      try {
        await withinLimit(next);
      } catch (error) {
        this.#log.warn({ err: error, disposer: next.name }, 'could not be closed properly');
      }
    }
  }
}

async function withinLimit({ dispose, timeoutMs }: Disposer): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not closed within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve(dispose()), expiry]);
  } finally {
    clearTimeout(timer);
  }
}
