import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError, type ErrorCode, type ParseOptions } from '@m2fp/contract';
import type { OnStep, Parsing } from '../parsing/types.ts';
import { Displaced, type Guilty, type Pending, PendingRequests, unexpected } from './pending-requests.ts';
import {
  parserNewsSchema,
  parserReplySchema,
  type EncodedFiles,
  type EncodeTask,
  type NamedPhoto,
  type ParsedPhoto,
  type ParserReply,
  type ParserRequest,
  type ParserSettings,
} from './protocol.ts';

/** How to start Node: `fork`'s options of these names. */
export interface Launcher {
  readonly execPath: string;
  readonly execArgv: string[];
  /** The system kills the process when its parent dies. */
  readonly endsWithParent: boolean;
}

/** How a process starts without a sandbox. */
export const unconfined: Launcher = { execPath: process.execPath, execArgv: [], endsWithParent: false };

export interface ParserProcessSettings {
  /** URL of the `ParserModule` that it runs. */
  readonly moduleUrl: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly launcher: Launcher;
  readonly onOutput: (pid: number, line: string) => void;
  /** It has done with a request that was dropped. */
  readonly onDropped?: () => void;
}

/** How long one request may take, and the signal that cancels it. Either way the process is killed. */
export interface Deadline {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const childEntry = fileURLToPath(new URL('./child.ts', import.meta.url));
const retireMs = 2_000;
const keptOutputLines = 10;
const longestLine = 4_096;

/**
 * One parser process, seen from its owner. It computes one request after the other; the next one may be sent before.
 *
 * A request ends in one of two ways: by its reply, or by the end of the process. A deadline, a cancel and a nonsensical
 * reply all kill the process with SIGKILL, and the request fails (with the reason for the kill) once it is gone: a job
 * that is reported as stopped has stopped. A request that is canceled before its turn is only dropped. Others that the
 * process had are `Displaced`, and so are all of several after a crash or a nonsensical reply: whose fault it was shows
 * when each is alone.
 */
export class ParserProcess {
  /** Resolves when the process is gone, with a sentence for the log. Never rejects. */
  readonly ended: Promise<string>;
  /** Requests after the first, successful or not: photos, for the worker. */
  photos = 0;
  /** Resident memory as of its last reply. */
  rssBytes = 0;
  readonly #child: ChildProcess;
  readonly #onDropped: () => void;
  readonly #output: string[] = [];
  readonly #pending = new PendingRequests((reason, guilty) => void this.#kill(reason, guilty));
  #killedFor: AppError | undefined;
  /** Whom it was killed for: one of its requests, or all. */
  #guilty: Guilty;
  #overdue: AppError | undefined;
  #isGone = false;

  constructor(settings: ParserProcessSettings) {
    const { execPath, execArgv, endsWithParent } = settings.launcher;
    const args = [settings.moduleUrl, String(process.pid), endsWithParent ? 'the system' : 'itself'];
    this.#onDropped = settings.onDropped ?? (() => undefined);
    this.#child = fork(childEntry, args, {
      serialization: 'advanced',
      env: settings.environment,
      // Not our own arguments, which may hold a debugger's port or a test runner's hooks.
      ...{ execPath, execArgv },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = this.#watchEnd();
    this.#child.on('message', (message) => this.#receive(message));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      followLines(stream, (line) => {
        this.#output.push(line);
        if (this.#output.length > keptOutputLines) this.#output.shift();
        settings.onOutput(this.pid, line);
      });
    }
  }

  /** 0 if it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Why it was killed; undefined if it was not. */
  get killedFor(): ErrorCode | undefined {
    return this.#killedFor?.code;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** It is gone, or being killed: it takes no more. */
  get isEnding(): boolean {
    return this.#isGone || this.#killedFor !== undefined;
  }

  /** Requests that were dropped, and that it has not done with: their photos are still in its memory. */
  get dropped(): number {
    return this.#pending.dropped;
  }

  /** It ends as soon as it has answered what it has: what a photo left behind in it goes on. */
  get isOverdue(): boolean {
    return this.#overdue !== undefined;
  }

  /** Resident memory now, if the system reports it (Linux); else as of its last reply. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? this.rssBytes : Number(kibibytes) * 1024;
  }

  /** Throws the parser's own error (`model_unavailable` …), `timeout`, `canceled`, `internal` for a crash. */
  async load(settings: ParserSettings, deadline: Deadline): Promise<void> {
    const late = notReady(deadline.timeoutMs);
    await this.#request('loaded', (id) => ({ type: 'load', id, settings }), { deadline, late });
  }

  /** Throws the parser's own error (`image_unreadable` …), `timeout`, `canceled`, `internal` for a crash. */
  async parse(photo: NamedPhoto, options: ParseOptions, deadline: Deadline, onStep?: OnStep): Promise<ParsedPhoto> {
    return (await this.#perform('parsed', (id) => ({ type: 'parse', id, photo, options }), deadline, onStep)).photo;
  }

  /** What the model finds, all of it. Throws as `parse` does. */
  async read(photo: NamedPhoto, options: ParseOptions, deadline: Deadline): Promise<Parsing> {
    return (await this.#perform('read', (id) => ({ type: 'read', id, photo, options }), deadline)).parsing;
  }

  /** Throws as `parse` does. */
  async encode(task: EncodeTask, deadline: Deadline): Promise<EncodedFiles> {
    return (await this.#perform('encoded', (id) => ({ type: 'encode', id, task }), deadline)).files;
  }

  /** Ends it between two photos; resolves when it is gone. */
  async retire(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const late = new AbortController();
    const overdue = sleep(retireMs, true, { signal: late.signal }).catch(() => false);
    if (await Promise.race([this.ended.then(() => false), overdue])) this.#child.kill('SIGKILL');
    late.abort();
    await this.ended;
  }

  /** Kills it; resolves when it is gone. */
  async kill(reason = unexpected('It was stopped with its owner.')): Promise<void> {
    await this.#kill(reason, 'all');
  }

  async #perform<T extends ParserReply['type']>(
    expected: T,
    make: (id: number) => ParserRequest,
    deadline: Deadline,
    onStep?: OnStep,
  ): Promise<Extract<ParserReply, { type: T }>> {
    this.photos += 1;
    const late = `Parsing took longer than ${deadline.timeoutMs / 1_000} s.`;
    return this.#request(expected, make, { deadline, late, onStep });
  }

  async #request<T extends ParserReply['type']>(
    expected: T,
    make: (id: number) => ParserRequest,
    { deadline, late, onStep }: { deadline: Deadline; late: string; onStep?: OnStep | undefined },
  ): Promise<Extract<ParserReply, { type: T }>> {
    const { signal, timeoutMs } = deadline;
    // One that comes while it dies is not what it dies of.
    if (this.isEnding) throw new Displaced(unexpected(await this.ended));
    if (signal.aborted) throw canceled(signal);
    const pending = this.#pending.add({ timeoutMs, late, onStep });
    const onAbort = (): void => this.#cancel(pending, canceled(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#send(make(pending.id));
    try {
      const reply = await pending.reply;
      if (isOf(reply, expected)) return reply;
      if (reply.type === 'failed') throw await this.#failureOf(reply);
      throw await this.#kill(unexpected(`The reply was ${reply.type}, not ${expected}.`), pending);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #send(request: ParserRequest): void {
    this.#child.send(request, (error) => {
      if (error) void this.#kill(unexpected('It could not be reached.', error));
    });
  }

  #cancel(pending: Pending, reason: AppError): void {
    if (this.#pending.isFirst(pending)) {
      void this.#kill(reason, pending);
      return;
    }
    pending.drop(reason);
    this.#send({ type: 'drop', id: pending.id });
  }

  async #failureOf(reply: Extract<ParserReply, { type: 'failed' }>): Promise<AppError> {
    // A job that has failed has stopped, unless others are in the process.
    if (this.#overdue && this.#pending.size === 0) await this.ended;
    return failure(reply);
  }

  #receive(message: unknown): void {
    // This comes too late.
    if (this.#killedFor) return;
    const news = parserNewsSchema.safeParse(message);
    if (news.success && this.#pending.get(news.data.id)?.tell(news.data.step)) return;
    const parsed = parserReplySchema.safeParse(message);
    const pending = parsed.success ? this.#pending.get(parsed.data.id) : undefined;
    if (!parsed.success || !pending) {
      void this.#kill(unexpected('It sent something that is not a reply to the request.', parsed.error));
      return;
    }
    this.rssBytes = parsed.data.rssBytes;
    this.#pending.settle(pending, parsed.data);
    // A decoder that took too long cannot be interrupted: it goes on in the process, in a thread of its own.
    if (parsed.data.type === 'failed' && parsed.data.code === 'timeout') this.#overdue ??= failure(parsed.data);
    // All that it had is settled by now: who comes while it dies is not guilty.
    if (this.#overdue && this.#pending.size === 0) void this.#kill(this.#overdue, pending);
    if (pending.isDropped) this.#onDropped();
  }

  /** Resolves to the reason, once the process is gone. The first reason counts. */
  async #kill(reason: AppError, guilty?: Guilty): Promise<AppError> {
    if (!this.#killedFor) {
      this.#killedFor = reason;
      this.#guilty = guilty;
    }
    this.#child.kill('SIGKILL');
    await this.ended;
    return this.#killedFor;
  }

  #watchEnd(): Promise<string> {
    return new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#isGone) return;
        this.#isGone = true;
        const output = this.#output.length === 0 ? '' : ` Its last output:\n${this.#output.join('\n')}`;
        this.#pending.rejectAll(this.#killedFor ?? unexpected(`${how}${output}`), this.#guilty);
        resolve(how);
      };
      this.#child.once('exit', (code, signal) =>
        end(`Parser process ${this.pid} ended by ${signal ?? `exit code ${code}`}.`),
      );
      this.#child.on('error', (error) => {
        // Without a pid it was never started, and no 'exit' follows.
        if (this.#child.pid === undefined) end(`A parser process could not be started: ${error.message}`);
      });
    });
  }
}

/** Lines of text, cut to a length: a process that was taken over may write without end. */
function followLines(stream: Readable, onLine: (line: string) => void): void {
  let line = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    for (const [place, part] of chunk.split('\n').entries()) {
      if (place > 0) {
        onLine(line);
        line = '';
      }
      line += part.slice(0, longestLine - line.length);
    }
  });
  stream.on('end', () => {
    if (line !== '') onLine(line);
  });
}

export function canceled(signal: AbortSignal): AppError {
  return new AppError('canceled', 'The parse was canceled.', { cause: signal.reason });
}

/** @param timeoutMs what looking for the model has left of its limit */
export function notReady(timeoutMs: number): string {
  return `The model was not ready after ${Math.round(timeoutMs / 100) / 10} s.`;
}

function isOf<T extends ParserReply['type']>(reply: ParserReply, type: T): reply is Extract<ParserReply, { type: T }> {
  return reply.type === type;
}

function failure(reply: Extract<ParserReply, { type: 'failed' }>): AppError {
  const cause = reply.detail === undefined ? undefined : new Error(reply.detail);
  return new AppError(reply.code, reply.message, { cause, retryable: reply.retryable });
}
