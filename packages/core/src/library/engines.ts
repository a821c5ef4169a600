/**
 * Where photos are parsed: in this process, or in processes of its own. Both give the same; neither is asked for more
 * at once than it does at once.
 */
import { AppError } from '@m2fp/contract';
import type { PhotoLimits } from '../image/photo-limits.ts';
import { checkBundle } from '../model/bundle.ts';
import { modelParserUrl } from '../process/index.ts';
import { canceled, type Deadline, unconfined } from '../process/parser-process.ts';
import { ParserPool } from '../process/pool.ts';

/** What is done with a photo. Each call throws what its parser does, and `timeout`, `canceled`. */
export type Engine = Pick<ParserPool, 'read' | 'encode' | 'close'>;

export interface EngineSettings {
  /** The bundle's folder. */
  readonly dir: string;
  /** Where it is kept which files were found whole. */
  readonly cacheDir: string | undefined;
  /** Per operator of the network, in each process. */
  readonly threads: number;
  readonly limits: PhotoLimits;
  readonly loadTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * In this process. onnxruntime blocks the thread that calls it: a deadline is looked at before each run of a network,
 * where the event loop gets a turn, and at the end. What decodes and computes is imported only now: it changes how
 * sharp works in the whole process.
 */
export async function openOwnEngine({ dir, cacheDir, threads, limits, signal }: EngineSettings): Promise<Engine> {
  const { encodeParsing, loadModel, readParsing } = await import('../parsing/index.ts');
  let assertInTime = (): void => undefined;
  const pause = async (): Promise<void> => {
    await new Promise((proceed) => setImmediate(proceed));
    assertInTime();
  };
  const model = await loadModel(dir, { threads, onRun: pause }, await checkBundle(dir, cacheDir, signal));
  const within = async <T>({ signal, timeoutMs }: Deadline, work: () => Promise<T>): Promise<T> => {
    const until = performance.now() + timeoutMs;
    assertInTime = () => {
      if (signal.aborted) throw canceled(signal);
      if (performance.now() > until) {
        throw new AppError('timeout', `Parsing took longer than ${timeoutMs / 1_000} s.`);
      }
    };
    assertInTime();
    const result = await work();
    assertInTime();
    return result;
  };
  if (signal.aborted) {
    await model.close();
    throw canceled(signal);
  }
  return {
    read: (photo, options, deadline) => within(deadline, () => readParsing(photo, model, options, limits)),
    encode: (task, deadline) => within(deadline, () => encodeParsing(task, model.manifest, limits)),
    close: () => model.close(),
  };
}

/** As the service's workers do. */
const recycling = { maxJobs: 200, maxRssBytes: 4 * 2 ** 30, refreshAfterMs: 0 };

/**
 * In so many processes. They get nothing of this process's environment: they decode what may come from strangers. A
 * deadline kills the process, and the next photo starts another; so does a crash, and a process that has served 200
 * requests or holds more than 4 GiB.
 */
export async function openProcesses(
  settings: EngineSettings & { readonly processes: number; readonly environment: Readonly<Record<string, string>> },
): Promise<Engine> {
  const { processes, dir, cacheDir, threads, limits, loadTimeoutMs, environment, signal } = settings;
  const unwatched = (): void => undefined;
  const pool = new ParserPool(
    {
      ...{ processes, maxWaiting: processes, loadTimeoutMs, ...recycling },
      model: { threads, maxImageBytes: limits.maxBytes, maxImagePixels: limits.maxPixels },
      bundles: { find: async () => dir, forget: unwatched, check: (at, until) => checkBundle(at, cacheDir, until) },
      process: { moduleUrl: modelParserUrl.href, environment: { ...parserEnvironment, ...environment } },
      launcher: () => unconfined,
    },
    { onStarted: unwatched, onEnded: unwatched, onOutput: unwatched },
  );
  try {
    await pool.warm(signal);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Keeps glibc from holding what was freed, and onnxruntime's telemetry off. */
const parserEnvironment = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  ORT_DISABLE_TELEMETRY: '1',
};
