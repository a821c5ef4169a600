// For programs whose `lib` is older: `close` is also `Symbol.asyncDispose`.
/// <reference lib="esnext.disposable" preserve="true" />
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, type ParseOptionsInput, photoNameOf } from '@m2fp/contract';
import { findBundle } from '../bundles/find-bundle.ts';
import { type PhotoLimits, photoLimitsFrom } from '../image/photo-limits.ts';
import { readPhotoFile } from '../image/read-photo-file.ts';
import { readManifest } from '../model/bundle.ts';
import type { Label, Manifest } from '../model/manifest.ts';
import { canceled, type Deadline } from '../process/parser-process.ts';
import type { NamedPhoto } from '../process/protocol.ts';
import { assertCount, assertPhotoName, assertTimeout, readOptions } from './check-options.ts';
import { type Engine, openOwnEngine, openProcesses } from './engines.ts';
import { type CallLimits, ParseResult } from './parse-result.ts';
import { Turns } from './turns.ts';

/** How a model is loaded. */
export interface LoadOptions {
  /**
   * 0, the default: photos are parsed in this process, one at a time, which blocks its event loop while the network
   * runs, and keeps sharp from reading anything but JPEG, PNG, WebP and AVIF in this process. 1 or more: in so many
   * processes, so many photos at a time, and this one's event loop stays free.
   */
  readonly processes?: number | undefined;
  /** Threads of the network, in each process. By default, the machine's cores are shared among the processes. */
  readonly threads?: number | undefined;
  /** Photos that may wait for their turn; the next one is refused with `overloaded`. 1 000 by default. */
  readonly maxWaiting?: number | undefined;
  /** A larger photo is refused, bytes. 25 MiB by default. */
  readonly maxImageBytes?: number | undefined;
  /** A larger photo is refused, width times height. 50 000 000 by default. */
  readonly maxImagePixels?: number | undefined;
  /** Where `m2fp model pull` put models: by default, the folder `m2fp` among the user's caches. */
  readonly cacheDir?: string | undefined;
  /** For processes of its own: what is added to their environment. They inherit nothing of this one's. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** For processes of its own: what loading the model may take, ms. 300 000 by default. */
  readonly loadTimeoutMs?: number | undefined;
  /** Ends loading with `canceled`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How one photo is parsed: the options of the service (docs/options.md), and what is not the model's business.
 * `outputs` are what `files()` of the result makes; nothing is encoded before.
 */
export interface PhotoOptions extends Partial<ParseOptionsInput>, CallLimits {
  /** The photo's name in `masks.json`: by default that of its file, and `photo.jpeg` and so on for bytes. */
  readonly name?: string | undefined;
}

const defaults = { timeoutMs: 120_000, loadTimeoutMs: 300_000, maxWaiting: 1_000 };

/**
 * Loads a model: the built-in one (`portrait`, from the package @m2fp/portrait), one that `m2fp model pull` fetched
 * (`people`, `single`), or any model bundle by its folder.
 *
 * Load it once and close it at the end. In this process, onnxruntime does not give back all memory of a model that was
 * closed; a process of its own does, by ending.
 * @throws AppError with the code `model_unavailable` (its message names the command that gets the model),
 *   `invalid_request` for options out of range, `timeout`, `canceled`
 */
export async function loadParser(model: string, options: LoadOptions = {}): Promise<PhotoParser> {
  const { processes = 0, signal = new AbortController().signal, loadTimeoutMs = defaults.loadTimeoutMs } = options;
  const { threads = Math.max(1, Math.floor(availableParallelism() / Math.max(1, processes))) } = options;
  const { maxWaiting = defaults.maxWaiting, environment = {} } = options;
  assertCount('processes', processes, 0, 64);
  assertCount('threads', threads, 1, 1_024);
  assertCount('maxWaiting', maxWaiting, 0, 1_000_000);
  assertTimeout('loadTimeoutMs', loadTimeoutMs);
  const limits = photoLimitsFrom(options);
  assertCount('maxImageBytes', limits.maxBytes, 1, Number.MAX_SAFE_INTEGER);
  assertCount('maxImagePixels', limits.maxPixels, 1, Number.MAX_SAFE_INTEGER);
  const dir = findBundle(model, options.cacheDir);
  const manifest = await readManifest(dir);
  const settings = { dir, cacheDir: options.cacheDir, threads, limits, loadTimeoutMs, signal };
  const engine = await (processes === 0
    ? openOwnEngine(settings)
    : openProcesses({ ...settings, processes, environment }));
  return new PhotoParser({ engine, manifest, limits, turns: new Turns(Math.max(1, processes), maxWaiting) });
}

/** @internal */
interface ParserParts {
  readonly engine: Engine;
  readonly manifest: Manifest;
  readonly limits: PhotoLimits;
  readonly turns: Turns;
}

/** A loaded model. Calls may overlap: photos are parsed in their order, as many at a time as there are processes. */
export class PhotoParser {
  readonly #parts: ParserParts;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(parts: ParserParts) {
    this.#parts = parts;
  }

  /** The classes of the model: id, name, color (RGB, 0..255) and role. */
  get labels(): readonly Readonly<Label>[] {
    return this.#parts.manifest.labels;
  }

  /** What the model is, as its bundle says: name, kind, version, license, source … */
  get manifest(): Readonly<Manifest> {
    return this.#parts.manifest;
  }

  /**
   * Parses a photo: JPEG, PNG, WebP or AVIF, as bytes or by its path. A photo without people is a success with empty
   * results. Bytes are kept for the result's encoders: do not change them meanwhile.
   * @throws AppError with the code `invalid_request` (an option, or a part that the model does not have),
   *   `input_not_found` (the path), `image_unreadable`, `unsupported_format`, `image_too_large`, `timeout`, `canceled`
   *   (also by closing the parser), `overloaded`; `internal` if a process of its own crashed, and another attempt may
   *   work
   */
  async parse(photo: Uint8Array | string | URL, options: PhotoOptions = {}): Promise<ParseResult> {
    const { engine, manifest, limits } = this.#parts;
    const { name, signal, timeoutMs, ...given } = options;
    const parseOptions = readOptions(given);
    assertPhotoName(name);
    return this.#inTurn({ signal, timeoutMs }, async (deadline) => {
      const { named, left } = await takePhoto(photo, name, limits, deadline);
      const parsing = await engine.read(named, parseOptions, left);
      const task = { photo: named, parsing, options: parseOptions };
      return new ParseResult({
        ...{ ...task, manifest },
        makeFiles: (outputs, own) => this.#inTurn(own, (within) => engine.encode({ ...task, outputs }, within)),
      });
    });
  }

  /**
   * Frees the model, and ends the processes of its own. What is being parsed or waits fails with `canceled`, and so
   * does what follows. Resolves when nothing is left; safe to repeat.
   */
  close(): Promise<void> {
    this.#closing.abort('The parser was closed.');
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#parts.engine.close());
    return this.#closed;
  }

  /** `await using parser = await loadParser(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #inTurn<T>(
    { signal: own, timeoutMs = defaults.timeoutMs }: CallLimits,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    assertTimeout('timeoutMs', timeoutMs);
    const signal = own === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, own]);
    const running = this.#parts.turns.take(signal, () => work({ signal, timeoutMs }));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

interface TakenPhoto {
  readonly named: NamedPhoto;
  /** Of the deadline, for the rest of the way. */
  readonly left: Deadline;
}

/** A file of a share may be slow to come, or never come: reading it counts, too. Throws `timeout` and `canceled`. */
async function takePhoto(
  photo: Uint8Array | string | URL,
  name: string | undefined,
  { maxBytes }: PhotoLimits,
  deadline: Deadline,
): Promise<TakenPhoto> {
  if (photo instanceof Uint8Array) return { named: { bytes: photo, name }, left: deadline };
  const { signal, timeoutMs } = deadline;
  const startedAt = performance.now();
  const late = AbortSignal.timeout(timeoutMs);
  const limit = AbortSignal.any([signal, late]);
  // What the system is stuck in cannot be ended, only left alone.
  const bytes = await orAborted(readPhotoFile(photo, maxBytes, limit), limit).catch((error: unknown) => {
    if (signal.aborted) throw canceled(signal);
    throw late.aborted ? new AppError('timeout', `The file was not read within ${timeoutMs / 1_000} s.`) : error;
  });
  const left = Math.max(1, timeoutMs - Math.floor(performance.now() - startedAt));
  const ownName = photoNameOf(basename(photo instanceof URL ? fileURLToPath(photo) : photo));
  return { named: { bytes, name: name ?? ownName }, left: { signal, timeoutMs: left } };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
