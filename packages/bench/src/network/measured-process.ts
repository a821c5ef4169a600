import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ParseOptions, Timings } from '@m2fp/contract';
import type { BundleCheck } from '@m2fp/core/model';

/** What the bench sends to a measured process, and what it answers. One request at a time. */
export type BenchRequest =
  | {
      readonly type: 'load';
      readonly bundleDir: string;
      /** What of the bundle need not be found out again. */
      readonly check: BundleCheck;
      readonly threads: number;
    }
  | { readonly type: 'parse'; readonly bytes: Uint8Array; readonly options: ParseOptions }
  | { readonly type: 'sgemm'; readonly threads: number; readonly runs: number };

export type BenchReply =
  | { readonly type: 'loaded'; readonly loadMs: number; readonly memory: Memory }
  | { readonly type: 'parsed'; readonly timings: Timings; readonly totalMs: number; readonly memory: Memory }
  | { readonly type: 'sgemm'; readonly gflops: number }
  | { readonly type: 'failed'; readonly message: string };

/** Of the whole process, bytes. */
export interface Memory {
  readonly rss: number;
  /** The highest so far. */
  readonly peakRss: number;
}

const entry = fileURLToPath(new URL('./child.ts', import.meta.url));
/** Far longer than any request takes: a hung process must not hang the bench. */
const requestTimeoutMs = 600_000;

/** A process that the bench measures. It ends on `close`, when the signal aborts, or with this process. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  constructor(environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.#signal = signal;
    this.#child = fork(entry, [], {
      serialization: 'advanced',
      env: environment,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  async request<T extends Exclude<BenchReply['type'], 'failed'>>(
    request: BenchRequest,
    expected: T,
  ): Promise<Extract<BenchReply, { type: T }>> {
    const reply = await this.#exchange(request);
    if (reply.type === 'failed') throw new Error(reply.message);
    if (reply.type !== expected) throw new Error(`The measured process answered ${reply.type}.`);
    return reply as Extract<BenchReply, { type: T }>;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #exchange(request: BenchRequest): Promise<BenchReply> {
    const { promise, resolve, reject } = Promise.withResolvers<BenchReply>();
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(requestTimeoutMs)]);
    const onAbort = (): void => {
      this.close();
      reject(limit.reason as Error);
    };
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`The measured process ended by ${signal ?? `exit code ${code}`}.`));
    limit.addEventListener('abort', onAbort, { once: true });
    this.#child.once('exit', onExit);
    this.#child.once('message', (reply) => resolve(reply as BenchReply));
    this.#child.send(request, (error) => {
      if (error) reject(error);
    });
    return promise.finally(() => {
      limit.removeEventListener('abort', onAbort);
      this.#child.off('exit', onExit);
    });
  }
}
