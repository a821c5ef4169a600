/** Aborts when an outer signal does, or when its time is up. Without `AbortSignal.any`, which Node 20.0 lacks. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Gives it this long from now on, ms. */
  renew(ms: number): void;
  /** Stops the clock until it is renewed; the outer signal still aborts. */
  suspend(): void;
  /** No abort from now on. Has to be called: until then a timer runs. */
  end(): void;
}

/** The longest that timers take: almost 25 days. */
const longestMs = 2 ** 31 - 1;

/** @param timeUp makes the reason of the abort when the time is up; the outer signal's abort keeps its own */
export function startTimeLimit(ms: number, outer: AbortSignal | undefined, timeUp: () => Error): TimeLimit {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const renew = (nextMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(timeUp()), Math.min(nextMs, longestMs));
  };
  const follow = (): void => controller.abort(outer?.reason);
  const end = (): void => {
    clearTimeout(timer);
    outer?.removeEventListener('abort', follow);
  };
  renew(ms);
  if (outer?.aborted === true) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, renew, suspend: () => clearTimeout(timer), end };
}

/** Resolves after `ms`; rejects with the signal's reason if it aborts first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isOver = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(ms, longestMs))));
  try {
    await orAborted(isOver, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What the promise gives, unless the signal aborts first: then its reason, whatever it is, is thrown. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** For a fetch whose end nobody tells of. Its timer keeps no process alive. */
export function withTimeout(outer: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  for (const signal of [outer, AbortSignal.timeout(Math.min(ms, longestMs))]) {
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
