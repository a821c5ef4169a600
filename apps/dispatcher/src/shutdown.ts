import { endsWithin } from '@m2fp/service/lifecycle';
import type { Logger } from './logging.ts';

/** Runs each step whatever became of those before, all within `deadlineMs`. Resolves to whether all went well. */
export async function stopInOrder(
  steps: readonly (() => Promise<unknown>)[],
  deadlineMs: number,
  log: Logger,
): Promise<boolean> {
  let inOrder = true;
  const deadline = Date.now() + deadlineMs;
  for (const step of steps) {
    // Without Redis a queue may never close. What is left of the time belongs to the steps that follow too.
    const done = await endsWithin(step(), Math.max(500, deadline - Date.now()), log);
    inOrder &&= done;
  }
  return inOrder;
}
