import { resolve } from 'node:path';
import type { ParseOptions } from '@m2fp/contract';
import type { Model } from '@m2fp/core/parsing';
import { count, photoTable, type PhotoRow, printable, seconds } from '@m2fp/terminal';
import { Command } from 'commander';
import { type CommandContext, exitCodes, printJson, printLine, printTable } from '../command-context.ts';
import { findPhotos, type FoundPhoto } from '../parse/find-photos.ts';
import type { PhotoOutcome } from '../parse/parse-files.ts';
import { addParseFlags, readParseOptions } from '../parse/parse-flags.ts';
import { modelOption, threadsOption } from './shared-options.ts';

interface Flags {
  readonly out: string;
  readonly model: string;
  readonly json: boolean;
  readonly threads: number;
}

const help = `
Each photo gets its own folder in --out: masks.json (COCO), colormap.png, instances.png, and overlay.jpg on request.

Examples:
  m2fp parse photo.jpg                               results in out/photo/
  m2fp parse me.jpg --outputs colormap,overlay       the label map, and the label map over the photo
  m2fp parse photos/ me.png --out results            a folder of photos and one more photo
  m2fp parse photos/ --model people --short-side 720 M2FP, after "m2fp model pull people"
  m2fp parse photo.jpg --json --outputs masks        one line of JSON per photo

Exit code 1 if a photo failed; the others are parsed anyway.`;

/** `m2fp parse`: photos to results, in this process, without the service. */
export function createParseCommand(context: CommandContext): Command {
  const command = new Command('parse')
    .description('parse photos: find people and their parts')
    .argument('<photos...>', 'photos (JPEG, PNG, WebP, AVIF) and folders of photos')
    .option('-o, --out <dir>', 'folder for the results', 'out')
    .addOption(modelOption())
    .option('--json', 'print one line of JSON per photo instead of a table', false)
    .addOption(threadsOption(context.config));
  return addParseFlags(command)
    .addHelpText('after', help)
    .action((photos: string[], flags: Flags) => run(photos, flags, command, context));
}

async function run(args: readonly string[], flags: Flags, command: Command, context: CommandContext): Promise<void> {
  const options = readParseOptions(command);
  const photos = await findPhotos(args, process.cwd());
  const outcomes = await parseAll(photos, options, flags, context);
  if (!flags.json) {
    const settings = { widthColumns: context.stdout.columns ?? 120, color: context.config.color, outDir: flags.out };
    printTable(context.stdout, photoTable(outcomes.map(tableRow), settings));
  }
  if (outcomes.some(({ ok }) => !ok)) context.exit(exitCodes.failed);
  context.signal.throwIfAborted();
}

/** In order, one at a time: a photo takes all threads. After an abort, stops once the current photo is done. */
async function parseAll(
  photos: readonly FoundPhoto[],
  options: ParseOptions,
  flags: Flags,
  context: CommandContext,
): Promise<PhotoOutcome[]> {
  const { parseFile } = await import('../parse/parse-files.ts');
  const outDir = resolve(flags.out);
  const outcomes: PhotoOutcome[] = [];
  // Loaded with the first photo, so that a mistyped file name is reported right away.
  let model: Model | undefined;
  try {
    for (const photo of photos) {
      if (context.signal.aborted) break;
      const { error } = photo;
      const outcome: PhotoOutcome =
        error === undefined
          ? await parseFile(photo, { model: (model ??= await load(flags, context)), options, outDir })
          : { photo, ok: false, error };
      outcomes.push(outcome);
      if (flags.json) printJson(context.stdout, jsonOf(outcome), 'line');
      else printLine(context.stderr, progressLine(outcome, outcomes.length, photos.length));
      // The network keeps this thread busy: let a signal that arrived meanwhile be handled.
      await new Promise((proceed) => setImmediate(proceed));
    }
    return outcomes;
  } finally {
    await model?.close();
  }
}

/** Code that decodes and computes is loaded only now: help and mistakes should not have to wait for it. */
async function load({ model, threads }: Flags, { config, stderr }: CommandContext): Promise<Model> {
  const [{ resolveBundle }, { loadModel }, { setImageThreads }] = await Promise.all([
    import('@m2fp/compiler/bundles'),
    import('@m2fp/core/parsing'),
    import('@m2fp/core/image'),
  ]);
  setImageThreads(threads);
  const onBuild = () => printLine(stderr, `Building the model ${model} once; it is kept in ${config.cacheDir} …`);
  const loaded = await loadModel(await resolveBundle(model, { cacheDir: config.cacheDir, onBuild }), { threads });
  if (loaded.manifest.synthetic) {
    printLine(stderr, `warning: the weights of ${loaded.manifest.name} are random: its results are meaningless.`);
  }
  return loaded;
}

/** One finished photo in words. */
function progressLine(outcome: PhotoOutcome, done: number, total: number): string {
  const what = outcome.ok
    ? `${count(outcome.summary.people, 'person', 'people')}, ${seconds(outcome.elapsedMs)}`
    : `failed, ${outcome.error.code}`;
  return `[${done}/${total}] ${printable(outcome.photo.name)}: ${what}`;
}

function tableRow(outcome: PhotoOutcome): PhotoRow {
  const { name, folder } = outcome.photo;
  if (!outcome.ok) return { name, error: outcome.error };
  const { people, labels } = outcome.summary;
  return { name, people, labels: labels.map((label) => label.name), elapsedMs: outcome.elapsedMs, folder };
}

/** One line of `--json`, with the field names of the service's results. */
function jsonOf(outcome: PhotoOutcome): object {
  const { path: photo } = outcome.photo;
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    return { photo, status: 'failed', error: { code, message } };
  }
  const { summary, files, timings } = outcome;
  return { photo, status: 'succeeded', ...summary, files, timings };
}
