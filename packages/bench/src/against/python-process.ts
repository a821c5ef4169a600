import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const memory = z.object({ rss: z.number(), peakRss: z.number() });

/** What contender.py answers, one JSON object a line. */
const replySchema = z.discriminatedUnion('type', [
  /** Versions; null: not installed. */
  z.object({ type: z.literal('probed'), python: z.string(), packages: z.record(z.string(), z.string().nullable()) }),
  z.object({ type: z.literal('quantized') }),
  z.object({ type: z.literal('loaded'), loadMs: z.number(), memory }),
  /** The largest difference of each output, as a share of its range. */
  z.object({ type: z.literal('compared'), logits: z.number(), masks: z.number() }),
  z.object({ type: z.literal('parsed'), timings: z.record(z.string(), z.number()), totalMs: z.number(), memory }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
type Reply = z.infer<typeof replySchema>;

/** How a photo becomes the network's input. Sizes are [width, height] of the resized photo, [height, width] padded. */
export interface InputRequest {
  readonly photo: string;
  readonly resized: readonly [number, number];
  readonly padded: readonly [number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What is asked of contender.py. Paths are absolute; files of numbers are raw float32, little-endian. */
export type PythonRequest =
  | { readonly type: 'probe' }
  | (InputRequest & { readonly type: 'quantize'; readonly graph: string; readonly quantized: string })
  | (InputRequest & {
      readonly type: 'load';
      readonly engine: string;
      readonly dtype: string;
      readonly threads: number;
      readonly graph: string;
      readonly quantized: string;
      readonly weights: string;
      readonly architecture: unknown;
      readonly personClassId: number;
    })
  | { readonly type: 'compare'; readonly input: string; readonly logits: string; readonly masks: string }
  | { readonly type: 'parse'; readonly photo: string };

const script = fileURLToPath(new URL('../../python/contender.py', import.meta.url));
/** Quantizing a network of the published size takes minutes on a small machine. */
const requestTimeoutMs = 900_000;
const maxReplyLength = 65_536;
const maxErrorLength = 4_000;

/** A Python process that the bench measures. It ends on `close`, when the signal aborts, or with its standard input. */
export class PythonProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #signal: AbortSignal;
  #unread = '';
  #errors = '';
  #settle: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;

  /** @param environment of the process; nothing that suits Node's memory rather than Python's should be in it */
  constructor(python: string, environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.#signal = signal;
    // No byte code is written beside the scripts: they may lie in a folder that is not ours.
    const env = { ...environment, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
    this.#child = spawn(python, [script], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-maxErrorLength);
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.once('error', (error) => this.#end(error));
    this.#child.once('close', (code, by) => this.#end(new Error(this.#describeEnd(code, by))));
  }

  /** One at a time. Rejects with what the process says went wrong, or with why it ended. */
  async request<T extends Exclude<Reply['type'], 'failed'>>(
    request: PythonRequest,
    expected: T,
  ): Promise<Extract<Reply, { type: T }>> {
    const line = await this.#exchange(JSON.stringify(request));
    const reply = parseReply(line);
    if (reply.type === 'failed') throw new Error(reply.message);
    if (reply.type !== expected) throw new Error(`The Python process answered ${reply.type}, not ${expected}.`);
    return reply as Extract<Reply, { type: T }>;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  async #exchange(line: string): Promise<string> {
    this.#signal.throwIfAborted();
    if (this.#ended) throw this.#ended;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#settle = { resolve, reject };
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(requestTimeoutMs)]);
    const onAbort = (): void => {
      this.close();
      reject(limit.reason as Error);
    };
    limit.addEventListener('abort', onAbort, { once: true });
    this.#child.stdin.write(`${line}\n`);
    return promise.finally(() => limit.removeEventListener('abort', onAbort));
  }

  #read(text: string): void {
    this.#unread += text;
    const end = this.#unread.indexOf('\n');
    if (end < 0 && this.#unread.length <= maxReplyLength) return;
    const line = this.#unread.slice(0, end < 0 ? maxReplyLength : end);
    this.#unread = '';
    if (end < 0) this.close();
    this.#settle?.resolve(line);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#settle?.reject(this.#ended);
  }

  #describeEnd(code: number | null, by: string | null): string {
    const last = this.#errors.trim().split('\n').at(-1) ?? '';
    return `The Python process ended by ${by ?? `exit code ${code}`}${last === '' ? '' : `: ${last}`}`;
  }
}

function parseReply(line: string): Reply {
  try {
    return replySchema.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`The Python process answered something else: ${line.slice(0, 200)}`, { cause: error });
  }
}
