import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what has to happen sooner or later. The test's own time-out is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
