/** Programs that may crash, hang or eat memory, each in a child process with a deadline and a memory limit. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { AppError, toAppError } from '@m2fp/contract';
import type { Verdict } from './tally.ts';

interface TargetReply {
  readonly id: number;
  /** The code of an `AppError`; undefined if the input was accepted. */
  readonly code?: string | undefined;
  /** Set for anything but an `AppError`: the input did what none may do. */
  readonly wrong?: string | undefined;
  readonly peakRssBytes: number;
}

export interface TargetSettings {
  /** Path of a module that calls `serveTarget`. */
  readonly entry: string;
  readonly processes: number;
  readonly deadlineMs: number;
  readonly maxRssBytes: number;
  /** A process is replaced after this many inputs, so that what leaks shows, but does not add up. */
  readonly maxInputs: number;
  /** Codes that an input may be refused with. */
  readonly codes: ReadonlySet<string>;
  readonly args?: readonly string[];
}

/** Called by a target's entry: answers one input after another by what `run` does with it. */
export function serveTarget<Input>(run: (input: Input) => Promise<void>): void {
  process.once('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    const { id, input } = message as { id: number; input: Input };
    void run(input)
      .then(
        () => ({}),
        (thrown: unknown) => {
          if (thrown instanceof AppError) return { code: thrown.code };
          const { cause } = toAppError(thrown);
          return { wrong: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
        },
      )
      .then((outcome) => {
        const peakRssBytes = process.resourceUsage().maxRSS * 1024;
        process.send?.({ ...outcome, id, peakRssBytes } satisfies TargetReply, undefined, undefined, () => undefined);
      });
  });
}

const keptOutputBytes = 2_000;
const memoryCheckMs = 200;

/** One child process; replaced whenever it ends. One input at a time. */
export class TargetProcess {
  peakRssBytes = 0;
  readonly #settings: TargetSettings;
  #child: ChildProcess | undefined;
  #served = 0;
  #output = '';

  constructor(settings: TargetSettings) {
    this.#settings = settings;
  }

  async judge(input: unknown): Promise<Verdict> {
    if (this.#served >= this.#settings.maxInputs) await this.stop();
    const child = (this.#child ??= this.#start());
    const id = ++this.#served;
    const startedAt = performance.now();
    const ending = await this.#exchange(child, { id, input });
    const ms = performance.now() - startedAt;
    if (typeof ending === 'string') {
      await this.stop();
      const failure = ending === 'hang' || ending === 'memory' ? ending : 'crash';
      return { result: 'failed', failure, why: `${ending} ${this.#output}`.trim(), ms };
    }
    this.peakRssBytes = Math.max(this.peakRssBytes, ending.peakRssBytes);
    const { code, wrong } = ending;
    if (wrong !== undefined) return { result: 'failed', failure: 'wrong', why: wrong, ms };
    if (code === undefined) return { result: 'accepted', ms };
    if (!this.#settings.codes.has(code)) return { result: 'failed', failure: 'wrong', why: `refused as ${code}`, ms };
    return { result: 'refused', code, ms };
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#served = 0;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  #start(): ChildProcess {
    const { entry, args = [] } = this.#settings;
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    const child = fork(entry, [...args], { serialization: 'advanced', execArgv: [], stdio: [...stdio] });
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => (this.#output = `${this.#output}${String(chunk)}`.slice(-keptOutputBytes)));
    }
    return child;
  }

  /** Its reply, or in a word how it went wrong. */
  async #exchange(child: ChildProcess, message: object): Promise<TargetReply | string> {
    const { deadlineMs, maxRssBytes } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<TargetReply | string>();
    const onExit = (code: number | null, signal: string | null): void => resolve(`ended by ${signal ?? code}`);
    const onMessage = (reply: unknown): void => resolve(reply as TargetReply);
    const deadline = setTimeout(() => resolve('hang'), deadlineMs);
    const watch = setInterval(() => {
      void residentBytes(child.pid).then((bytes) => bytes > maxRssBytes && resolve('memory'));
    }, memoryCheckMs);
    child.once('exit', onExit).once('message', onMessage);
    child.send(message, (error) => error && resolve(`unreachable: ${error.message}`));
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      child.off('exit', onExit).off('message', onMessage);
    }
  }
}

/** 0 where the system does not say. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
