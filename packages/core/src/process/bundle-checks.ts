import { AppError } from '@m2fp/contract';
import type { BundleCheck } from '../model/checked-files.ts';
import { canceled, type Deadline, notReady } from './parser-process.ts';

/** @param signal ends it */
export type CheckBundle = (bundle: string, signal: AbortSignal) => Promise<BundleCheck>;

interface RunningCheck {
  readonly result: Promise<BundleCheck>;
  readonly end: AbortController;
  waiting: number;
}

/**
 * One check of a bundle at a time, whoever waits for it: processes that start together need the same hashes. It goes on
 * while anybody waits.
 */
export class BundleChecks {
  readonly #check: CheckBundle;
  readonly #running = new Map<string, RunningCheck>();

  constructor(check: CheckBundle) {
    this.#check = check;
  }

  /** Throws what the check does, `timeout` and `canceled`. */
  async of(bundle: string, { signal, timeoutMs }: Deadline): Promise<BundleCheck> {
    if (signal.aborted) throw canceled(signal);
    const check = this.#running.get(bundle) ?? this.#start(bundle);
    const { promise: given, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new AppError('timeout', notReady(timeoutMs))), timeoutMs);
    const onAbort = (): void => reject(canceled(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    check.waiting += 1;
    try {
      return await Promise.race([check.result, given]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      check.waiting -= 1;
      if (check.waiting === 0) this.#forget(bundle, check);
    }
  }

  #start(bundle: string): RunningCheck {
    const end = new AbortController();
    const check = { result: this.#check(bundle, end.signal), end, waiting: 0 };
    this.#running.set(bundle, check);
    return check;
  }

  /** Whoever comes later has another one: this one is done, or about to fail. */
  #forget(bundle: string, check: RunningCheck): void {
    check.end.abort();
    if (this.#running.get(bundle) === check) this.#running.delete(bundle);
  }
}
