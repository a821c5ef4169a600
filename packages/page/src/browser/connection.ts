/** Whether the server can be reached, and what is done again once it can. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { baseUrl } from './service.ts';

const probeEveryMs = 1_000;
/** What has not answered by then is gone, or as good as gone. */
const answerMs = 2_500;

const reached = signal(true);

/** False from the first sign of trouble until the server answers again. */
export const isConnected: ReadonlySignal<boolean> = reached;

/** A request got no answer: asks for one from now on, until there is one. */
export function noteLostConnection(): void {
  if (!reached.peek()) return;
  reached.value = false;
  void untilBack();
}

/** Has `again` called each time the server answers after it was gone. */
export function onReconnect(again: () => void): void {
  let wasConnected = true;
  effect(() => {
    const isBack = reached.value && !wasConnected;
    wasConnected = reached.value;
    if (isBack) again();
  });
}

/**
 * Notices within seconds that the server is gone, also where no connection breaks, such as in a train's tunnel.
 *
 * @param isWaiting whether anything is to be heard from the server
 */
export function watchConnection(isWaiting: () => boolean): void {
  addEventListener('offline', noteLostConnection);
  let isAsking = false;
  setInterval(() => {
    if (isAsking || !reached.peek() || !isWaiting()) return;
    isAsking = true;
    void answers().then((isThere) => {
      isAsking = false;
      if (!isThere) noteLostConnection();
    });
  }, probeEveryMs);
}

async function untilBack(): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
  while (!(await answers()));
  reached.value = true;
}

async function answers(): Promise<boolean> {
  try {
    const init = { cache: 'no-store', signal: AbortSignal.timeout(answerMs) } as const;
    return (await fetch(`${baseUrl}healthz`, init)).ok;
  } catch {
    return false;
  }
}
