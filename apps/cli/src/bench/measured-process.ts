import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchReply, BenchRequest } from './protocol.ts';

const entry = fileURLToPath(new URL('./child.ts', import.meta.url));
/** Far longer than any request takes; a process that hangs must not hang the bench. */
const requestTimeoutMs = 600_000;

/** A process that the bench measures. Ends with `close`, with the signal, or with this process. */
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
