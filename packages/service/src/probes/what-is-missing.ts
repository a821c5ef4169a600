/** Asks one of the things that a process needs. It is missing where this resolves to `false`, or rejects. */
export type Check = (signal: AbortSignal) => Promise<unknown>;

/** Names of the checks that fail, or do not answer within `timeoutMs` whether or not they heed their signal. */
export async function whatIsMissing(checks: Readonly<Record<string, Check>>, timeoutMs: number): Promise<string[]> {
  const late = new AbortController();
  const { promise: isLate, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => {
    resolve(false);
    late.abort();
  }, timeoutMs);
  const answers = async ([name, check]: [string, Check]): Promise<string[]> => {
    const answered = (async () => check(late.signal))().then(
      (answer) => answer !== false,
      () => false,
    );
    return (await Promise.race([answered, isLate])) ? [] : [name];
  };
  const missing = await Promise.all(Object.entries(checks).map(answers));
  clearTimeout(timer);
  return missing.flat();
}
