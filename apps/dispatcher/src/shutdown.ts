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

async function endsWithin(work: Promise<unknown>, ms: number, log: Logger): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const done = work.then(
    () => true,
    (error: unknown) => {
      log.error({ err: error }, 'a step of the shutdown failed');
      return false;
    },
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
