/** Where a failure is told; a pino logger is one. */
export interface FailureLog {
  error(details: { err: unknown }, message: string): void;
}

/** Whether a step of a shutdown succeeds within `ms`. Its failure is logged; what takes longer is not waited for. */
export async function endsWithin(work: Promise<unknown>, ms: number, log: FailureLog): Promise<boolean> {
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
