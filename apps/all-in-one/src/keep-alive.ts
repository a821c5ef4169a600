/** Keeps a process alive: one that ends is started again, unless that happens too often. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that this one keeps alive. */
export interface Part {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it says is only shown if it fails. */
  readonly isQuiet?: boolean;
}

export interface KeepAliveSettings {
  readonly onLine: (part: string, line: string) => void;
  /** As long as it is false, a part that ends has failed: what is wrong at its start does not mend itself. */
  readonly mayRestart: () => boolean;
  /** Pause before each start after the first. */
  readonly pauseMs?: number;
}

/** So many ends within a minute are too many. */
const mostEnds = 5;
const withinMs = 60_000;
const recentLines = 20;
const lastOutputMs = 200;

export class KeptAlive {
  readonly name: string;
  /** Resolves if it cannot be kept alive, with how it ended and its last output. */
  readonly failed: Promise<Error>;
  readonly #part: Part;
  readonly #settings: KeepAliveSettings;
  readonly #recent: string[] = [];
  readonly #stopping = new AbortController();
  readonly #ends: number[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('');

  constructor(part: Part, settings: KeepAliveSettings) {
    this.name = part.name;
    this.#part = part;
    this.#settings = settings;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    void this.#run().then((error) => error && resolve(error));
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it has ended, and will not be started again. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await this.#ended;
    clearTimeout(late);
  }

  async #run(): Promise<Error | undefined> {
    const { onLine, mayRestart, pauseMs = 1_000 } = this.#settings;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const how = await this.#runOnce();
      if (signal.aborted) break;
      const now = Date.now();
      this.#ends.push(now);
      const lately = this.#ends.filter((at) => at > now - withinMs).length;
      if (!mayRestart() || lately >= mostEnds) {
        return new Error(`${this.name} ended ${how}. Its last output:\n${this.#recent.join('\n')}`);
      }
      onLine(this.name, `ended ${how}; it is started again`);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** Resolves to how it ended. */
  #runOnce(): Promise<string> {
    const { command, args, env, isQuiet } = this.#part;
    const child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#recent.push(line);
        if (this.#recent.length > recentLines) this.#recent.shift();
        if (isQuiet !== true) this.#settings.onLine(this.name, line);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(`before it began: ${error.message}`));
      child.once('exit', (code, signal) => {
        const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
        // For its last output; what it left behind may hold the pipes for longer.
        child.once('close', () => resolve(how));
        setTimeout(() => resolve(how), lastOutputMs);
      });
    });
    return this.#ended;
  }
}
