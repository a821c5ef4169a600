/**
 * The pool of parser processes.
 *
 * A slot holds at most one process and serves one photo at a time; further callers wait in line, up to a limit. A
 * process is started when a photo needs it, and loads its model then: an idle worker has none. Between two photos a
 * process is ended if it has served its number of photos or has grown too large, and after a crash or a kill there is
 * none; in each case the slot's next photo starts another. A process that has served and is then idle for a while is
 * replaced by a fresh one with its model loaded: onnxruntime's arena never gives back what the largest photo took. A
 * slot is free again only when its old process is gone, so that there are never more processes than slots.
 */
import { AppError, toAppError, type ParseOptions, type Timings } from '@m2fp/contract';
import type { CheckedFile } from '../model/checked-files.ts';
import type { Parsing } from '../parsing/types.ts';
import { canceled, ParserProcess, type Deadline, type Launcher, type ParserProcessSettings } from './parser-process.ts';
import { type OnProgress, withProgress, WorkTimes } from './parse-progress.ts';
import type { EncodedFiles, EncodeTask, NamedPhoto, ParsedPhoto, ParserSettings } from './protocol.ts';

/** Where the pool's model is. */
export interface BundleSource {
  /** The bundle's folder. Throws `model_unavailable`, `timeout`, `canceled`. */
  find(deadline: Deadline): Promise<string>;
  /** What was found does not work: look again. */
  forget(): void;
  /** Which of a bundle's files are known to be whole: the others are hashed again. Throws `model_unavailable`. */
  check?(bundle: string): Promise<readonly CheckedFile[]>;
}

export interface ParserPoolSettings {
  readonly processes: number;
  /** Callers that may wait for a free process; the next one is refused with `overloaded`. */
  readonly maxWaiting: number;
  /** How long a new process may take to have its model ready. */
  readonly loadTimeoutMs: number;
  /** A process is replaced after this many photos … */
  readonly maxJobs: number;
  /** … or when it holds more memory than this after one. */
  readonly maxRssBytes: number;
  /** A process that has served and has been idle for this long is replaced by a fresh one; 0: never. */
  readonly refreshAfterMs: number;
  readonly model: Omit<ParserSettings, 'bundle' | 'checkedFiles'>;
  readonly bundles: BundleSource;
  readonly process: Omit<ParserProcessSettings, 'onOutput' | 'launcher'>;
  /** How to start a process that reads this bundle. */
  readonly launcher: (bundle: string) => Launcher;
}

/** What happens to processes, for the log. */
export interface PoolEvents {
  onStarted(pid: number, loadMs: number): void;
  onEnded(pid: number, why: 'recycled' | 'lost', how: string): void;
  onOutput(pid: number, line: string): void;
}

/**
 * Why a parser process ended. On purpose: it had parsed its number of photos (`photos`), held too much (`memory`), or
 * was replaced while idle (`idle`). Or it was lost: killed for a `timeout` or because its job was `canceled`, without a
 * model that it could load (`no_model`), or by itself (`crashed`).
 */
export const parserEndReasons = {
  photos: 'recycled',
  memory: 'recycled',
  idle: 'recycled',
  timeout: 'lost',
  canceled: 'lost',
  no_model: 'lost',
  crashed: 'lost',
} as const;
export type ParserEndReason = keyof typeof parserEndReasons;

export interface PoolStats {
  readonly waiting: number;
  readonly started: number;
  readonly recycled: number;
  /** Crashed, or killed for a deadline or a cancel. */
  readonly lost: number;
  /** The same by reason. */
  readonly ends: Readonly<Record<ParserEndReason, number>>;
  readonly processes: readonly { pid: number; busy: boolean; photos: number; rssBytes: number }[];
}

interface Slot {
  busy: boolean;
  parser: ParserProcess | undefined;
  refresh: NodeJS.Timeout | undefined;
}

interface Waiter {
  readonly resolve: (slot: Slot) => void;
  readonly reject: (error: AppError) => void;
}

export class ParserPool {
  readonly #settings: ParserPoolSettings;
  readonly #events: PoolEvents;
  readonly #slots: Slot[];
  readonly #waiters: Waiter[] = [];
  readonly #counts = { started: 0, recycled: 0, lost: 0 };
  readonly #ends = { photos: 0, memory: 0, idle: 0, timeout: 0, canceled: 0, no_model: 0, crashed: 0 };
  readonly #times = new WorkTimes();
  readonly #closing = new AbortController();

  constructor(settings: ParserPoolSettings, events: PoolEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#slots = Array.from({ length: settings.processes }, () => ({
      busy: false,
      parser: undefined,
      refresh: undefined,
    }));
  }

  /**
   * Parses one photo. `timeoutMs` counts from when a process with its model starts on it. Throws the parser's errors,
   * `timeout`, `canceled` (the signal; the process is gone by then), `internal` (it crashed), `overloaded`. The timings
   * include the wait for a free process (`wait`) and, for the first photo of a process, the model's (`load`), ms.
   */
  async parse(
    photo: NamedPhoto,
    options: ParseOptions,
    call: Deadline & { readonly onProgress?: OnProgress | undefined },
  ): Promise<ParsedPhoto> {
    return this.#serve(call.signal, async (parser, waited) => {
      const parsed = await withProgress(this.#times, call.onProgress, (onStep) =>
        parser.parse(photo, options, call, onStep),
      );
      return { ...parsed, timings: { ...parsed.timings, ...waited } };
    });
  }

  /** What the model finds in a photo, all of it. Throws as `parse` does, and has its timings. */
  async read(photo: NamedPhoto, options: ParseOptions, deadline: Deadline): Promise<Parsing> {
    return this.#serve(deadline.signal, async (parser, waited) => {
      const parsing = await parser.read(photo, options, deadline);
      return { ...parsing, timings: { ...parsing.timings, ...waited } };
    });
  }

  /** Throws as `parse` does. */
  async encode(task: EncodeTask, deadline: Deadline): Promise<EncodedFiles> {
    return this.#serve(deadline.signal, (parser) => parser.encode(task, deadline));
  }

  /** Resolves once a process has its model. Throws `model_unavailable`, `timeout`, `canceled`, `overloaded`. */
  async warm(signal: AbortSignal): Promise<void> {
    await this.#serve(signal, async () => undefined);
  }

  async stats(): Promise<PoolStats> {
    const alive = this.#slots.flatMap(({ busy, parser }) => (parser && !parser.isGone ? [{ busy, parser }] : []));
    const processes = alive.map(async ({ busy, parser }) => ({
      ...{ pid: parser.pid, busy, photos: parser.photos },
      rssBytes: await parser.residentBytes(),
    }));
    const counts = { ...this.#counts, ends: { ...this.#ends } };
    return { ...counts, waiting: this.#waiters.length, processes: await Promise.all(processes) };
  }

  /** Kills what runs and refuses what waits; resolves when every process is gone. Safe to repeat. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { refresh } of this.#slots) clearTimeout(refresh);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closing());
    await Promise.all(this.#slots.flatMap(({ parser }) => parser?.kill() ?? []));
  }

  /** Has a process with its model do something. @param work is told how long it waited for that, ms */
  async #serve<T>(signal: AbortSignal, work: (parser: ParserProcess, waited: Timings) => Promise<T>): Promise<T> {
    const waitedFrom = performance.now();
    const slot = await this.#acquire(signal);
    try {
      const wait = performance.now() - waitedFrom;
      const { parser, load } = await this.#withModel(slot, signal);
      return await work(parser, { wait, ...(load === undefined ? {} : { load }) });
    } finally {
      void this.#tidy(slot).then(() => this.#release(slot));
    }
  }

  async #acquire(signal: AbortSignal): Promise<Slot> {
    if (this.#closing.signal.aborted) throw closing();
    if (signal.aborted) throw canceled(signal);
    const free = this.#slots.filter((slot) => !slot.busy);
    // One that has its model already, if there is one.
    const slot = free.find(({ parser }) => parser && !parser.isGone) ?? free[0];
    if (slot) {
      slot.busy = true;
      clearTimeout(slot.refresh);
      return slot;
    }
    if (this.#waiters.length >= this.#settings.maxWaiting) {
      throw new AppError('overloaded', 'Too many photos are waiting to be parsed.', { retryable: true });
    }
    return this.#waitForSlot(signal);
  }

  async #waitForSlot(signal: AbortSignal): Promise<Slot> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot>();
    const waiter: Waiter = { resolve, reject };
    this.#waiters.push(waiter);
    const giveUp = (): void => {
      const place = this.#waiters.indexOf(waiter);
      if (place === -1) return;
      this.#waiters.splice(place, 1);
      reject(canceled(signal));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #release(slot: Slot): void {
    const next = this.#waiters.shift();
    if (next) {
      next.resolve(slot);
      return;
    }
    slot.busy = false;
    const { refreshAfterMs } = this.#settings;
    if (refreshAfterMs === 0 || this.#closing.signal.aborted || !slot.parser || slot.parser.photos === 0) return;
    slot.refresh = setTimeout(() => void this.#refresh(slot), refreshAfterMs).unref();
  }

  /** A photo that needs the slot meanwhile waits for the model, about as long as for a small photo. Never rejects. */
  async #refresh(slot: Slot): Promise<void> {
    if (slot.busy || this.#closing.signal.aborted) return;
    slot.busy = true;
    try {
      await this.#endProcess(slot, 'idle');
      await this.#withModel(slot, new AbortController().signal);
    } catch {
      // The next photo tries again, and if that fails too, its job says why.
    } finally {
      this.#release(slot);
    }
  }

  async #withModel(slot: Slot, signal: AbortSignal): Promise<{ parser: ParserProcess; load?: number }> {
    // Its process may have ended in the meantime.
    await this.#tidy(slot);
    if (this.#closing.signal.aborted) throw closing();
    if (slot.parser) return { parser: slot.parser };
    const startedAt = performance.now();
    const timeoutMs = this.#settings.loadTimeoutMs;
    const untilClosed = AbortSignal.any([signal, this.#closing.signal]);
    const bundle = await this.#settings.bundles.find({ timeoutMs, signal: untilClosed });
    if (this.#closing.signal.aborted) throw closing();
    const left = Math.max(1, timeoutMs - (performance.now() - startedAt));
    const parser = await this.#start(slot, bundle, { timeoutMs: left, signal });
    const load = performance.now() - startedAt;
    this.#events.onStarted(parser.pid, load);
    return { parser, load };
  }

  async #start(slot: Slot, bundle: string, deadline: Deadline): Promise<ParserProcess> {
    const { process, launcher, model, bundles } = this.#settings;
    const onOutput = (pid: number, line: string): void => this.#events.onOutput(pid, line);
    const parser = new ParserProcess({ ...process, launcher: launcher(bundle), onOutput });
    slot.parser = parser;
    this.#counts.started += 1;
    try {
      const checkedFiles = (await bundles.check?.(bundle)) ?? [];
      await parser.load({ ...model, bundle, checkedFiles }, deadline);
      return parser;
    } catch (error) {
      // A process without a model is of no use, and the next one may find what was missing.
      bundles.forget();
      await parser.kill(toAppError(error));
      throw error;
    }
  }

  /** Forgets a process that is gone, ends one that has served its time. Never rejects. */
  async #tidy(slot: Slot): Promise<void> {
    const { parser } = slot;
    if (!parser) return;
    const { maxJobs, maxRssBytes } = this.#settings;
    const isSpent = parser.photos >= maxJobs || parser.rssBytes > maxRssBytes;
    if (!parser.isGone && !isSpent) return;
    await this.#endProcess(slot, parser.photos >= maxJobs ? 'photos' : 'memory');
  }

  /** @param purpose counts if the process is not gone already */
  async #endProcess(slot: Slot, purpose: 'photos' | 'memory' | 'idle'): Promise<void> {
    const { parser } = slot;
    if (!parser) return;
    const reason = parser.isGone ? lossOf(parser) : purpose;
    const why = parserEndReasons[reason];
    if (why === 'recycled') await parser.retire();
    this.#counts[why] += 1;
    this.#ends[reason] += 1;
    this.#events.onEnded(parser.pid, why, await parser.ended);
    slot.parser = undefined;
  }
}

function lossOf({ killedFor }: ParserProcess): ParserEndReason {
  if (killedFor === 'timeout' || killedFor === 'canceled') return killedFor;
  return killedFor === 'model_unavailable' ? 'no_model' : 'crashed';
}

function closing(): AppError {
  return new AppError('internal', 'Parsing is being stopped.');
}
