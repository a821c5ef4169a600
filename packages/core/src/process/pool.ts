/**
 * The pool of parser processes.
 *
 * A slot holds at most one process, which takes two photos at a time: while it computes one, the other comes in and is
 * decoded. Empty processes are taken first; further callers wait in line, up to a limit. A process is started when a
 * photo needs it, and loads its model then: an idle worker has none. One that has served its number of photos or has
 * grown too large takes no more and ends when it is empty, and after a crash or a kill there is none; in each case the
 * slot's next photo starts another. A process that has served and is then idle for a while is replaced by a fresh one
 * with its model loaded: onnxruntime's arena never gives back what the largest photo took. A slot is free again only
 * when its old process is gone, so that there are never more processes than slots.
 *
 * What ends a process on account of one photo (its deadline, its cancel) costs the other one only time: it is parsed
 * again. After a crash nobody knows whose fault it was: both are parsed again, each alone in a process, and the one
 * that crashes it then has failed.
 */
import { AppError, toAppError, type ParseOptions, type Timings } from '@m2fp/contract';
import type { Parsing } from '../parsing/types.ts';
import { BundleChecks } from './bundle-checks.ts';
import { Line } from './line.ts';
import { Displaced, unexpected } from './pending-requests.ts';
import { ParserProcess, type Deadline } from './parser-process.ts';
import { neverFalling, type OnProgress, withProgress, WorkTimes } from './parse-progress.ts';
import {
  type ParserEndReason,
  parserEndReasons,
  type ParserPoolSettings,
  type PoolEvents,
  type PoolStats,
} from './pool-settings.ts';
import type { EncodedFiles, EncodeTask, NamedPhoto, ParsedPhoto } from './protocol.ts';

/** Photos that a process takes at a time: the one that it computes, and the next one. */
const seatsPerProcess = 2;

interface Slot {
  parser: ParserProcess | undefined;
  /** Photos that have a seat in it. */
  seated: number;
  /** Its only photo must stay the only one. */
  isAlone: boolean;
  /** Its process is being started or ended. */
  isChanging: boolean;
  refresh: NodeJS.Timeout | undefined;
}

export class ParserPool {
  readonly #settings: ParserPoolSettings;
  readonly #events: PoolEvents;
  readonly #slots: Slot[];
  readonly #line: Line<Slot>;
  readonly #checks: BundleChecks;
  readonly #counts = { started: 0, recycled: 0, lost: 0 };
  readonly #ends = { photos: 0, memory: 0, idle: 0, timeout: 0, canceled: 0, no_model: 0, crashed: 0 };
  readonly #times = new WorkTimes();
  readonly #closing = new AbortController();

  constructor(settings: ParserPoolSettings, events: PoolEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#slots = Array.from({ length: settings.processes }, () => ({
      ...{ parser: undefined, seated: 0, isAlone: false, isChanging: false, refresh: undefined },
    }));
    this.#checks = new BundleChecks(async (...of) => (await settings.bundles.check?.(...of)) ?? { files: [] });
    this.#line = new Line((alone) => this.#findSeat(alone), settings.maxWaiting);
  }

  /**
   * Parses one photo. `timeoutMs` counts from when a process with its model has no other photo before it. Throws the
   * parser's errors, `timeout`, `canceled` (by then it is not computed any more), `internal` (it crashed its
   * process), `overloaded`. The timings include the wait for a process and for its turn in it (`wait`) and, for the
   * first photo of a process, the model's (`load`), ms.
   */
  async parse(
    photo: NamedPhoto,
    options: ParseOptions,
    call: Deadline & { readonly onProgress?: OnProgress | undefined },
  ): Promise<ParsedPhoto> {
    const onProgress = call.onProgress && neverFalling(call.onProgress);
    return this.#serve(call.signal, async (parser, waited) => {
      const parsed = await withProgress(this.#times, onProgress, (onStep) =>
        parser.parse(photo, options, call, onStep),
      );
      return { ...parsed, timings: sumOf(parsed.timings, waited) };
    });
  }

  /** What the model finds in a photo, all of it. Throws as `parse` does, and has its timings. */
  async read(photo: NamedPhoto, options: ParseOptions, deadline: Deadline): Promise<Parsing> {
    return this.#serve(deadline.signal, async (parser, waited) => {
      const parsing = await parser.read(photo, options, deadline);
      return { ...parsing, timings: sumOf(parsing.timings, waited) };
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
    const alive = this.#slots.flatMap((slot) =>
      slot.parser && !slot.parser.isGone ? [{ ...slot, of: slot.parser }] : [],
    );
    const processes = alive.map(async ({ of: parser, seated, isChanging }) => ({
      ...{ pid: parser.pid, busy: seated > 0 || isChanging, photos: parser.photos },
      rssBytes: await parser.residentBytes(),
    }));
    const counts = { ...this.#counts, ends: { ...this.#ends } };
    return { ...counts, waiting: this.#line.length, processes: await Promise.all(processes) };
  }

  /** Kills what runs and refuses what waits; resolves when every process is gone. Safe to repeat. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { refresh } of this.#slots) clearTimeout(refresh);
    this.#line.close(closing());
    await Promise.all(this.#slots.flatMap(({ parser }) => parser?.kill() ?? []));
  }

  /**
   * Has a process with its model do something; once more, alone, if the process ended on another photo's account.
   * @param work is told how long it waited for that, ms
   */
  async #serve<T>(signal: AbortSignal, work: (parser: ParserProcess, waited: Timings) => Promise<T>): Promise<T> {
    const waitedFrom = performance.now();
    const attempt = async (alone: boolean): Promise<T> => {
      const slot = await this.#takeSeat(signal, alone);
      try {
        const wait = performance.now() - waitedFrom;
        const { parser, load } = await this.#withModel(slot, signal);
        return await work(parser, { wait, ...(load === undefined ? {} : { load }) });
      } finally {
        void this.#leave(slot);
      }
    };
    try {
      return await attempt(false);
    } catch (error) {
      if (!(error instanceof Displaced)) throw error;
      return attempt(true).catch((again: unknown) => {
        throw again instanceof Displaced ? again.reason : again;
      });
    }
  }

  async #takeSeat(signal: AbortSignal, alone: boolean): Promise<Slot> {
    if (this.#closing.signal.aborted) throw closing();
    return this.#line.take(signal, alone);
  }

  /** In an empty process, best in one that has its model already; else behind another photo. */
  #findSeat(alone: boolean): Slot | undefined {
    const steady = this.#slots.filter(({ isChanging }) => !isChanging);
    const empty = steady.filter(({ seated }) => seated === 0);
    const slot =
      empty.find(({ parser }) => parser && !parser.isEnding) ??
      empty[0] ??
      (alone ? undefined : steady.find((one) => this.#hasRoom(one)));
    if (!slot) return undefined;
    clearTimeout(slot.refresh);
    slot.seated += 1;
    slot.isAlone = alone;
    return slot;
  }

  #hasRoom({ parser, seated, isAlone }: Slot): boolean {
    if (!parser || parser.isEnding || isAlone || seated + parser.dropped >= seatsPerProcess) return false;
    // The first one may not have been sent and counted yet.
    return !this.#isSpent(parser) && parser.photos + 1 < this.#settings.maxJobs;
  }

  /** Never rejects. */
  async #leave(slot: Slot): Promise<void> {
    slot.seated -= 1;
    if (slot.seated === 0) await this.#change(slot, () => this.#tidy(slot));
    else this.#line.move();
  }

  /** Does something with a slot's process, in which nobody is seated, and lets photos in afterwards. */
  async #change(slot: Slot, work: () => Promise<unknown>): Promise<void> {
    slot.isChanging = true;
    try {
      await work();
    } finally {
      slot.isChanging = false;
      this.#line.move();
      this.#refreshWhenIdle(slot);
    }
  }

  #refreshWhenIdle(slot: Slot): void {
    clearTimeout(slot.refresh);
    const { refreshAfterMs } = this.#settings;
    if (refreshAfterMs === 0 || this.#closing.signal.aborted || slot.seated > 0 || !slot.parser?.photos) return;
    slot.refresh = setTimeout(() => void this.#refresh(slot), refreshAfterMs).unref();
  }

  /** A photo that needs the slot meanwhile waits for the model, about as long as for a small photo. Never rejects. */
  async #refresh(slot: Slot): Promise<void> {
    if (slot.seated > 0 || slot.isChanging || this.#closing.signal.aborted) return;
    await this.#change(slot, async () => {
      await this.#endProcess(slot, 'idle');
      // If it fails, the next photo tries again, and if that fails too, its job says why.
      await this.#load(slot, new AbortController().signal).catch(() => undefined);
    });
  }

  async #withModel(slot: Slot, signal: AbortSignal): Promise<{ parser: ParserProcess; load?: number }> {
    if (slot.parser && !slot.parser.isEnding) return { parser: slot.parser };
    // It ended in the meantime, and the one before is still to be told.
    if (slot.seated > 1) throw new Displaced(unexpected('Its process ended before it was sent.'));
    slot.isChanging = true;
    try {
      await this.#tidy(slot);
      return await this.#load(slot, signal);
    } finally {
      slot.isChanging = false;
      this.#line.move();
    }
  }

  async #load(slot: Slot, signal: AbortSignal): Promise<{ parser: ParserProcess; load: number }> {
    if (this.#closing.signal.aborted) throw closing();
    const startedAt = performance.now();
    const timeoutMs = this.#settings.loadTimeoutMs;
    const untilClosed = AbortSignal.any([signal, this.#closing.signal]);
    const bundle = await this.#settings.bundles.find({ timeoutMs, signal: untilClosed });
    if (this.#closing.signal.aborted) throw closing();
    const parser = await this.#start(slot, bundle, remaining({ timeoutMs, signal }, startedAt));
    const load = performance.now() - startedAt;
    this.#events.onStarted(parser.pid, load);
    return { parser, load };
  }

  async #start(slot: Slot, bundle: string, deadline: Deadline): Promise<ParserProcess> {
    const { process, launcher, model, bundles } = this.#settings;
    const onOutput = (pid: number, line: string): void => this.#events.onOutput(pid, line);
    const onDropped = (): void => this.#line.move();
    const parser = new ParserProcess({ ...process, launcher: launcher(bundle), onOutput, onDropped });
    slot.parser = parser;
    this.#counts.started += 1;
    try {
      const startedAt = performance.now();
      const untilClosed = AbortSignal.any([deadline.signal, this.#closing.signal]);
      const check = await this.#checks.of(bundle, { ...deadline, signal: untilClosed });
      await parser.load({ ...model, bundle, check }, remaining(deadline, startedAt));
      return parser;
    } catch (error) {
      // A process without a model is of no use, and the next one may find what was missing.
      bundles.forget();
      await parser.kill(toAppError(error));
      throw this.#closing.signal.aborted ? closing() : error;
    }
  }

  /** Forgets a process that is gone, ends one that has served its time. Never rejects. */
  async #tidy(slot: Slot): Promise<void> {
    const { parser } = slot;
    if (!parser) return;
    if (parser.isEnding) await parser.ended;
    if (!parser.isGone && !this.#isSpent(parser)) return;
    await this.#endProcess(slot, parser.photos >= this.#settings.maxJobs ? 'photos' : 'memory');
  }

  /** It takes no more photos. */
  #isSpent({ photos, rssBytes, isOverdue }: ParserProcess): boolean {
    return isOverdue || photos >= this.#settings.maxJobs || rssBytes > this.#settings.maxRssBytes;
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

/** What is left of it. */
function remaining({ timeoutMs, signal }: Deadline, startedAt: number): Deadline {
  return { timeoutMs: Math.max(1, timeoutMs - (performance.now() - startedAt)), signal };
}

function closing(): AppError {
  return new AppError('internal', 'Parsing is being stopped.');
}

/** Of both: a photo may wait in the line and then again behind another one in its process. */
function sumOf(timings: Timings, waited: Timings): Timings {
  return { ...timings, ...waited, wait: (timings['wait'] ?? 0) + (waited['wait'] ?? 0) };
}
