import { resolve } from 'node:path';
import { findParts, type ParseOptions } from '@m2fp/contract';
import type { Model } from '@m2fp/core/parsing';
import { count } from '@m2fp/terminal';
import { Command } from 'commander';
import { Buckets } from '../buckets/buckets.ts';
import { type CommandContext, exitCodes, printJson, printLine, printTable } from '../command-context.ts';
import { findPhotos } from '../parse/find-photos.ts';
import type { PhotoOutcome } from '../parse/parse-files.ts';
import { addParseFlags, readParseOptions } from '../parse/parse-flags.ts';
import { RunProgress } from '../parse/run-progress.ts';
import type { WrittenAnnotations } from '../parse/run-parse.ts';
import { RunReport } from '../parse/run-report.ts';
import { modelOption, threadsOption } from './shared-options.ts';

interface Flags {
  readonly out: string;
  readonly model: string;
  readonly json: boolean;
  readonly skipExisting: boolean;
  readonly photos: boolean;
  readonly threads: number;
}

const help = `
Each photo gets its own folder in --out: masks.json (COCO), colormap.png, instances.png, and others on request. Folders
are searched with all folders in them; hidden files, --out itself and results of earlier runs are passed over. With
masks among the outputs, --out is a data set at the end: annotations.json (COCO) of all photos, and the photos beside it.

s3://bucket/prefix reads photos from a bucket, with the service's settings: S3_ENDPOINT, S3_REGION,
S3_FORCE_PATH_STYLE, S3_TIMEOUT_MS and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.

Examples:
  m2fp parse photo.jpg                               results in out/photo/
  m2fp parse me.jpg --outputs colormap,overlay       the label map, and the label map over the photo
  m2fp parse photos/ me.png --out results            a folder of photos and one more photo
  m2fp parse photos/ --skip-existing                 go on where the last run stopped
  m2fp parse s3://bucket/album/ --no-photos          photos from a bucket, without copies of them in out/
  m2fp parse photos/ --model people --short-side 720 M2FP, after "m2fp model pull people"
  m2fp parse photo.jpg --json --outputs masks        one line of JSON per photo, and one of counts
  m2fp export out --format yolo --out dataset        what to do with it then

Exit code 1 if a photo failed; the others are parsed anyway, and the summary says which and why.`;

/** `m2fp parse`: photos to results, in this process, without the service. */
export function createParseCommand(context: CommandContext): Command {
  const command = new Command('parse')
    .argument('<photos...>', 'photos (JPEG, PNG, WebP, AVIF), folders of photos, and s3://bucket/prefix')
    .option('-o, --out <dir>', 'folder for the results', 'out')
    .addOption(modelOption())
    .option('--skip-existing', 'leave photos whose results are there, made by this model with these options', false)
    .option('--no-photos', 'do not put the photos beside annotations.json')
    .option('--json', 'print one line of JSON per photo instead of a table', false)
    .addOption(threadsOption(context.config));
  return addParseFlags(command)
    .addHelpText('after', help)
    .action((photos: string[], flags: Flags) => run(photos, flags, command, context));
}

async function run(args: readonly string[], flags: Flags, command: Command, context: CommandContext): Promise<void> {
  const options = readParseOptions(command);
  const buckets = new Buckets(context.signal);
  const places = { workingDir: process.cwd(), outDir: resolve(flags.out), buckets };
  const report = new RunReport();
  let annotations: string | undefined;
  try {
    const find = () => findPhotos(args, places);
    const progress = flags.json ? undefined : new RunProgress(context.stderr, await countOf(find(), context.signal));
    const onOutcome = (outcome: PhotoOutcome): void => {
      report.add(outcome);
      progress?.add(outcome);
      if (flags.json) printJson(context.stdout, jsonOf(outcome), 'line');
    };
    const written = await parseAll(find(), { options, flags, outDir: places.outDir, onOutcome }, context);
    annotations = written?.path;
    if (written !== undefined && written.leftOut > 0) {
      const photos = count(written.leftOut, 'photo is', 'photos are');
      printLine(context.stderr, `${photos} left out of ${written.path}: no usable masks.json.`);
    }
  } finally {
    buckets.close();
    if (report.done > 0) printReport(report, annotations, flags, context);
  }
  if (report.hasFailures) context.exit(exitCodes.failed);
  context.signal.throwIfAborted();
}

/** For the progress: found again when they are parsed, so that a million photos need no room. */
async function countOf(photos: AsyncIterable<unknown>, signal: AbortSignal): Promise<number> {
  let number = 0;
  for await (const _photo of photos) {
    signal.throwIfAborted();
    number += 1;
  }
  return number;
}

interface RunParts {
  readonly options: ParseOptions;
  readonly flags: Flags;
  readonly outDir: string;
  readonly onOutcome: (outcome: PhotoOutcome) => void;
}

async function parseAll(
  photos: ReturnType<typeof findPhotos>,
  { options, flags, outDir, onOutcome }: RunParts,
  context: CommandContext,
): Promise<WrittenAnnotations | undefined> {
  // Code that decodes and computes is loaded only now: help and mistakes should not have to wait for it.
  const { runParse } = await import('../parse/run-parse.ts');
  const bundle = lazy(() => findBundle(flags, context));
  // Loaded with the first photo, so that a mistyped file name is reported right away.
  const model = lazy(async () => load(await bundle(), options, flags, context));
  try {
    return await runParse(photos, {
      ...{ outDir, options, onOutcome, model, signal: context.signal },
      skipExisting: flags.skipExisting,
      withPhotos: flags.photos,
      manifest: lazy(async () => (await import('@m2fp/core/model')).readManifest(await bundle())),
    });
  } finally {
    if (model.isMade()) await (await model()).close();
  }
}

/** Made on the first call. */
function lazy<T>(make: () => Promise<T>): (() => Promise<T>) & { isMade(): boolean } {
  let made: Promise<T> | undefined;
  return Object.assign(() => (made ??= make()), { isMade: () => made !== undefined });
}

async function findBundle({ model }: Flags, { config, stderr }: CommandContext): Promise<string> {
  const { resolveBundle } = await import('@m2fp/compiler/bundles');
  const onBuild = () => printLine(stderr, `Building the model ${model} once; it is kept in ${config.cacheDir} …`);
  return resolveBundle(model, { cacheDir: config.cacheDir, onBuild });
}

/** Throws `invalid_request` for parts that the model does not have: no photo could be parsed. */
async function load(
  bundle: string,
  { parts }: ParseOptions,
  { threads }: Flags,
  { stderr }: CommandContext,
): Promise<Model> {
  const [{ loadModel }, { setImageThreads }] = await Promise.all([
    import('@m2fp/core/parsing'),
    import('@m2fp/core/image'),
  ]);
  setImageThreads(threads);
  const loaded = await loadModel(bundle, { threads });
  try {
    findParts(
      parts,
      loaded.manifest.labels.filter(({ role }) => role !== 'background'),
    );
  } catch (error) {
    await loaded.close();
    throw error;
  }
  if (loaded.manifest.synthetic) {
    printLine(stderr, `warning: the weights of ${loaded.manifest.name} are random: its results are meaningless.`);
  }
  return loaded;
}

function printReport(report: RunReport, annotations: string | undefined, flags: Flags, context: CommandContext): void {
  const { stdout, config } = context;
  if (flags.json) return printJson(stdout, { summary: report.summary(annotations) }, 'line');
  const settings = { widthColumns: stdout.columns ?? 120, color: config.color, outDir: flags.out };
  printTable(stdout, report.text(settings, annotations));
}

/** One line of `--json`, with the field names of the service's results. */
function jsonOf(outcome: PhotoOutcome): object {
  const { path: photo, folder } = outcome.photo;
  const { status } = outcome;
  if (status === 'skipped') return { photo, status, folder };
  if (status === 'failed') {
    const { code, message } = outcome.error;
    return { photo, status, error: { code, message } };
  }
  const { summary, files, timings } = outcome;
  return { photo, status, folder, ...summary, files, timings };
}
