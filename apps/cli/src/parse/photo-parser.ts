/** The process that parses photos: this one stays free to say how far it is, and to be stopped. */
import { type ParseOptions, photoLimits } from '@m2fp/contract';
import { checkBundle } from '@m2fp/core/model';
import {
  modelParserUrl,
  type NamedPhoto,
  type ParsedPhoto,
  type ParseProgress,
  ParserPool,
  unconfined,
} from '@m2fp/core/process';

/** What a photo may take, ms: the largest ones take minutes on a small machine. */
const timeoutMs = 60 * 60_000;
const loadTimeoutMs = 10 * 60_000;
/** A fresh process takes seconds to load its model: one that works well stays for long. */
const recycling = { maxJobs: 1_000, maxRssBytes: 6 * 2 ** 30, refreshAfterMs: 0 };

export interface PhotoParser {
  /** Resolves once the model is there. Throws `model_unavailable`, `timeout`, `canceled`. */
  warm(signal: AbortSignal): Promise<void>;
  /** Throws as `parsePhoto` of core does, and `internal` if the process was lost: the next photo gets another one. */
  parse(photo: NamedPhoto, options: ParseOptions): Promise<ParsedPhoto>;
  close(): Promise<void>;
}

export interface PhotoParserSettings {
  readonly bundle: string;
  /** Where it is kept which of the bundle's files were found whole. */
  readonly cacheDir: string;
  readonly threads: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (progress: ParseProgress) => void;
}

export function openPhotoParser({
  bundle,
  cacheDir,
  threads,
  environment,
  onProgress,
}: PhotoParserSettings): PhotoParser {
  const ignored = (): void => undefined;
  const pool = new ParserPool(
    {
      ...{ processes: 1, maxWaiting: 1, loadTimeoutMs, ...recycling },
      model: { threads, maxImageBytes: photoLimits.maxBytes, maxImagePixels: undefined },
      bundles: { find: async () => bundle, forget: ignored, check: (at, until) => checkBundle(at, cacheDir, until) },
      process: { moduleUrl: modelParserUrl.href, environment },
      launcher: () => unconfined,
    },
    { onStarted: ignored, onEnded: ignored, onOutput: ignored },
  );
  // Killed with this one, also if that ends at once.
  const end = (): void => void pool.close();
  process.once('exit', end);
  // What stops it is `close`: after a first Ctrl-C the photo is finished.
  const { signal } = new AbortController();
  return {
    warm: (until) => pool.warm(until),
    parse: (photo, options) => pool.parse(photo, options, { timeoutMs, signal, onProgress }),
    close: async () => {
      process.off('exit', end);
      await pool.close();
    },
  };
}
