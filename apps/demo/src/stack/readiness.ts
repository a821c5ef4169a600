import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a GET answers 2xx. Throws when `signal` aborts, and after `deadlineMs` with what was answered last.
 */
export async function waitUntilReady(url: string, deadlineMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask(url, signal);
    if (answer === undefined) return;
    if (Date.now() > deadline) throw new Error(`${url} was not ready after ${deadlineMs / 1000} s: ${answer}`);
    // Its own abort error hides the reason.
    await sleep(50, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Undefined where ready, else what was answered. */
async function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    const text = await response.text();
    return response.ok ? undefined : `HTTP ${response.status} ${text}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
