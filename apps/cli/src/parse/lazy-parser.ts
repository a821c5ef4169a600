/** A model that is found and loaded when the first photo needs it: mistakes before that are reported right away. */
import { findParts, type ParseOptions } from '@m2fp/contract';
import type { Manifest } from '@m2fp/core/model';
import { type CommandContext, printLine } from '../command-context.ts';
import { openPhotoParser, type PhotoParser } from './photo-parser.ts';
import type { RunProgress } from './run-progress.ts';
import { rememberTimes, type Times, type TimesKey, usualTimes } from './usual-times.ts';

export interface LazyParser {
  /** Of the model, which need not be loaded for it. */
  readonly manifest: () => Promise<Manifest>;
  /** With the model loaded. Throws `model_unavailable`; `invalid_request` for parts that it does not have. */
  readonly ready: () => Promise<PhotoParser>;
  /** Remembers what the run took, and ends the process. */
  close(): Promise<void>;
}

interface LazyParserSettings {
  readonly model: string;
  readonly threads: number;
  readonly options: ParseOptions;
  readonly progress: RunProgress;
}

/** Where nothing has been parsed yet, by kind: on two cores of a server. The first photo corrects it. */
const firstGuesses: Readonly<Record<string, Times>> = {
  portrait: { loadMs: 500, photoMs: 1_000 },
  m2fp: { loadMs: 3_000, photoMs: 7_000 },
  'm2fp-single': { loadMs: 3_000, photoMs: 7_000 },
};
const otherGuess: Times = { loadMs: 1_000, photoMs: 2_000 };

export function openLazyParser(settings: LazyParserSettings, context: CommandContext): LazyParser {
  const { model, threads, options, progress } = settings;
  const { config, stderr, signal } = context;
  const bundle = lazy(() => findBundle(model, context));
  const manifest = lazy(async () => (await import('@m2fp/core/model')).readManifest(await bundle()));
  let opened: PhotoParser | undefined;
  let key: TimesKey | undefined;
  const ready = lazy(async () => {
    const { name, version, kind, labels, synthetic } = await manifest();
    findParts(
      options.parts,
      labels.filter(({ role }) => role !== 'background'),
    );
    if (synthetic) printLine(stderr, `warning: the weights of ${name} are random: its results are meaningless.`);
    key = { model: name, version, threads, shortSide: options.short_side };
    progress.load(name, (await usualTimes(config.cacheDir, key)) ?? firstGuesses[kind] ?? otherGuess);
    opened = openPhotoParser({
      ...{ bundle: await bundle(), cacheDir: config.cacheDir, threads, environment: config.parserEnvironment },
      onProgress: (step) => progress.update(step),
    });
    await opened.warm(signal);
    progress.loaded();
    return opened;
  });
  return {
    ...{ manifest, ready },
    close: async () => {
      const times = progress.times();
      if (key !== undefined && times !== undefined) await rememberTimes(config.cacheDir, key, times);
      await opened?.close();
    },
  };
}

/** Made on the first call. */
function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function findBundle(model: string, { config, stderr }: CommandContext): Promise<string> {
  const { resolveBundle } = await import('@m2fp/compiler/bundles');
  const onBuild = () => printLine(stderr, `Building the model ${model} once; it is kept in ${config.cacheDir} …`);
  return resolveBundle(model, { cacheDir: config.cacheDir, onBuild });
}
