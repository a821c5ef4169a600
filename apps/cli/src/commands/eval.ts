import { basename, resolve } from 'node:path';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { modelNames } from '@m2fp/core/bundles';
import {
  authorsSize,
  type Dataset,
  type DatasetClasses,
  type DatasetPhoto,
  type EvaluationSettings,
  type Figures,
} from '@m2fp/evaluation';
import { count, printable } from '@m2fp/terminal';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, exitCodes, printJson, printLine, printTable } from '../command-context.ts';
import { createEvalProgress } from '../eval/eval-progress.ts';
import type { EvaluationOutcome } from '../eval/evaluate-models.ts';
import { storedClasses } from '../eval/stored-predictions.ts';
import { figureTables } from '../eval/tables.ts';
import { threadsOption, wholeNumber } from './shared-options.ts';

interface Flags extends EvaluationSettings {
  readonly model?: string;
  readonly predictions?: string;
  readonly dataset: string;
  readonly split?: string;
  readonly compare?: string;
  readonly limit?: number;
  readonly classes?: number;
  readonly labels?: string;
  readonly savePredictions?: string;
  readonly out: string;
  readonly json: boolean;
  readonly threads: number;
}

const help = `
The data set is laid out as M2FP's authors have it: Images/NAME.jpg and Category_ids/NAME.png, and for many people
Instance_ids/NAME.png with NAME.txt, and Human_ids/NAME.png. Figures that it cannot give are null. docs/evaluation.md
says what each of them means.

Examples:
  m2fp eval --model people --dataset CIHP                       parse CIHP/Validation, and say how good it is
  m2fp eval --model bundle/ --dataset CIHP --limit 200 --flip   200 photos, each mirrored as well
  m2fp eval --model people --dataset CIHP --save-predictions predictions/   goes on where it was interrupted
  m2fp eval --predictions predictions/ --dataset CIHP --json    measure what is on disk
  m2fp eval --model bundle/ --compare bundle8/ --dataset CIHP   float32 and int8 side by side

Exit code 1 if a photo could not be parsed; the figures are those of the others.`;

/** `m2fp eval`: how good a model is, in the figures of M2FP's authors. */
export function createEvalCommand(context: CommandContext): Command {
  const { shortSide, maxSide } = authorsSize;
  const bundle = `${modelNames.join(', ')}, or the folder of a model bundle`;
  const command = new Command('eval')
    .addOption(new Option('-m, --model <name|dir>', bundle).conflicts('predictions'))
    .option('--predictions <dir>', "measure predictions in the authors' layout instead of a model")
    .requiredOption('--dataset <dir>', 'the data set, or the folder with its splits')
    .option('--split <name>', 'folder of the split (default: Validation, or the data set itself)')
    .option('--limit <n>', 'only the first photos, by name', wholeNumber(1, 10_000_000))
    .option(
      '--short-side <px>',
      "short side that the network sees; default: the authors'",
      wholeNumber(32, 2048),
      shortSide,
    )
    .option('--max-side <px>', 'most that the long side may have', wholeNumber(32, 4096), maxSide)
    .option(
      '--label-score <score>',
      "parts that are less sure are not on the label map (default: the authors' 0.5 if the model finds whole people)",
      parseScore,
    )
    .option('--flip', 'parse the mirrored photo as well, and merge what is found', false)
    .option('--save-predictions <dir>', 'keep predictions there; photos that are there are not parsed again')
    .addOption(new Option('--compare <name|dir>', 'another model, to measure side by side').conflicts('predictions'))
    .option('-o, --out <dir>', 'folder for pictures of the photos on which the two differ most', 'differences')
    .option('--labels <file>', "names of the data set's classes: a line each, or JSON (default: its labels.txt)")
    .addOption(
      new Option('--classes <n>', 'with --predictions: classes with background, without "Human"; default: as it seems')
        .argParser(wholeNumber(2, 255))
        .conflicts('model'),
    )
    .option('--json', "print JSON, with the authors' names", false)
    .addOption(threadsOption(context.config))
    .addHelpText('after', help);
  return command.action((flags: Flags) => {
    if (flags.model === undefined && flags.predictions === undefined) {
      command.error('error: say --model, or --predictions for what is on disk');
    }
    return run(flags, context);
  });
}

async function run(flags: Flags, context: CommandContext): Promise<void> {
  const [{ openDataset }, { classesOf }] = await Promise.all([
    import('@m2fp/evaluation'),
    import('../eval/dataset-classes.ts'),
  ]);
  const dataset = await openDataset(flags.dataset, flags.split);
  const classes = await classesOf(dataset, flags.labels);
  for (const gap of dataset.gaps) printLine(context.stderr, gap);
  if (flags.predictions !== undefined) await measurePredictions(flags.predictions, dataset, classes, flags, context);
  else await measureModels(dataset, classes, flags, context);
}

async function measurePredictions(
  dir: string,
  dataset: Dataset,
  known: DatasetClasses | undefined,
  flags: Flags,
  { config, stdout, stderr, signal }: CommandContext,
): Promise<void> {
  const { Evaluator, openPredictions, partNames, readTruth } = await import('@m2fp/evaluation');
  const predictions = await openPredictions(dir);
  for (const folder of predictions.missing) printLine(stderr, `${dir} has no ${folder}: it is not measured.`);
  const names = (known && partNames(known)) ?? (await storedClasses(dir));
  const evaluator = new Evaluator(flags.classes ?? names?.length);
  const photos = dataset.photos.filter(hasTruth).slice(0, flags.limit);
  const progress = createEvalProgress(stderr);
  let missing = 0;
  try {
    for (const [i, photo] of photos.entries()) {
      signal.throwIfAborted();
      progress.onPhoto(i, photos.length);
      const prediction = await predictions.read(photo.name);
      if (Object.keys(prediction).length === 0) missing += 1;
      evaluator.add(await readTruth(photo), prediction);
    }
    progress.onPhoto(photos.length, photos.length);
  } finally {
    progress.end();
  }
  if (missing > 0) printLine(stderr, `${count(missing, 'photo has', 'photos have')} no prediction in ${dir}.`);
  const { classes } = evaluator;
  if (flags.classes === undefined && names === undefined) {
    printLine(stderr, `It seems that there are ${classes} classes; --classes says otherwise.`);
  }
  const figures = evaluator.result();
  if (flags.json) return printJson(stdout, figures);
  const classNames = Array.from({ length: classes }, (_, id) => names?.[id] ?? `class ${id}`);
  printTable(stdout, figureTables([{ title: basename(resolve(dir)), figures }], classNames, config.color));
}

async function measureModels(
  dataset: Dataset,
  known: DatasetClasses | undefined,
  flags: Flags,
  context: CommandContext,
): Promise<void> {
  const { stderr, signal, config } = context;
  const models = [flags.model, flags.compare].filter((model) => model !== undefined);
  const bundles: string[] = [];
  const onBuild = () => printLine(stderr, `Building the model once; it is kept in ${config.cacheDir} …`);
  for (const model of models) bundles.push(await resolveBundle(model, { cacheDir: config.cacheDir, onBuild }));
  const [{ evaluateModels, measurablePhotos }, { setImageThreads }] = await Promise.all([
    import('../eval/evaluate-models.ts'),
    import('@m2fp/core/image'),
  ]);
  setImageThreads(flags.threads);
  const { shortSide, maxSide, flip, labelScore, threads, savePredictions } = flags;
  const progress = createEvalProgress(stderr);
  const outcome = await evaluateModels({
    photos: measurablePhotos(dataset, flags.limit),
    classes: known,
    ...{ bundles, threads, signal, onPhoto: progress.onPhoto, picturesDir: flags.out },
    settings: { shortSide, maxSide, flip, ...(labelScore !== undefined && { labelScore }) },
    ...(savePredictions !== undefined && { predictionsDir: savePredictions }),
  }).finally(progress.end);
  report(outcome, flags, context);
  if (outcome.failed.length > 0) context.exit(exitCodes.failed);
}

function report(outcome: EvaluationOutcome, { json }: Flags, { config, stderr, stdout }: CommandContext): void {
  const { models, classNames, measured, failed, differences } = outcome;
  for (const { name, message } of failed) printLine(stderr, `${name}: not measured: ${message}`);
  for (const { manifest } of models) {
    if (manifest.synthetic) printLine(stderr, `warning: the weights of ${manifest.name} are random.`);
  }
  if (json) return printJson(stdout, jsonOf(outcome));
  const columns = models.map(({ manifest, figures }) => ({ title: printable(manifest.name), figures }));
  printTable(stdout, figureTables(columns, classNames, config.color));
  printLine(stdout, `${count(measured, 'photo', 'photos')} measured.`);
  if (models.length > 1) printLine(stdout, 'The photos that differ most (photo, first, second, where they differ):');
  for (const { picture, differing } of differences) {
    printLine(stdout, `  ${(100 * differing).toFixed(2)} % of the pixels: ${picture}`);
  }
}

/** Of one model: its figures, as the authors name them. */
function jsonOf({ models, differences }: EvaluationOutcome): object {
  const [first, second] = models;
  if (second === undefined) return first?.figures ?? {};
  const named = (model: { manifest: { name: string }; figures: Figures } | undefined) => {
    return { name: model?.manifest.name, figures: model?.figures };
  };
  return { model: named(first), compare: named(second), photos: differences };
}

function hasTruth({ categories, parts, people }: DatasetPhoto): boolean {
  return categories !== undefined || parts !== undefined || people !== undefined;
}

function parseScore(text: string): number {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError('It has to be a number from 0 to 1.');
}
