import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { modelNames } from '@m2fp/core/bundles';
import type { QuantizationReport, ReduceRange, Stage } from '@m2fp/compiler/quantize';
import { collectPhotos, count, seconds, writeWhole } from '@m2fp/terminal';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printJson, printLine } from '../command-context.ts';
import { createEvalProgress } from '../eval/eval-progress.ts';
import type { EvaluationOutcome } from '../eval/evaluate-models.ts';
import { gain } from '../eval/tables.ts';
import { threadsOption, wholeNumber } from './shared-options.ts';

interface Flags {
  readonly calibrate: string[];
  readonly out: string;
  readonly name?: string;
  readonly report?: string;
  readonly json: boolean;
  readonly maxInputs: number;
  readonly leastIou: number;
  readonly leastPixels: number;
  readonly reduceRange: ReduceRange;
  readonly threads: number;
  readonly dataset?: string;
  readonly split?: string;
  readonly limit?: number;
}

const help = `
The photos should be like those that the model will see; 100 are plenty, and a few are enough. By default, weights have
8 bits if this CPU has VNNI, else 7: say "--reduce-range on" for a bundle that x86 machines without VNNI will use.

If the int8 model agrees less with the float32 one than --least-iou and --least-pixels ask for, each layer's effect on
the network's outputs is measured, and the layers that do the most harm for what they save stay float32. That takes a
few runs of the network per layer; with 0 for both, the first int8 model is accepted.

With --dataset, both bundles parse its photos at the end, and what 8 bits cost in mIoU and APr is printed: see m2fp eval.

Examples:
  m2fp model quantize bundle/ --calibrate photos/ --out bundle8/
  m2fp model quantize portrait --calibrate a.jpg b.jpg --out portrait8/ --report portrait8.md
  m2fp model quantize people --calibrate photos/ --out people8/ --dataset CIHP --limit 500`;

/** `m2fp model quantize`: from a float32 bundle to an int8 one. */
export function createModelQuantizeCommand(context: CommandContext): Command {
  return new Command('quantize')
    .description('make an int8 bundle from a float32 one: faster and smaller')
    .argument('<bundle>', `folder of a model bundle, or ${modelNames.join(', ')}`)
    .requiredOption('-c, --calibrate <photos...>', 'photos, and folders of photos, to measure activations on')
    .requiredOption('-o, --out <dir>', 'folder for the int8 bundle')
    .option('--name <name>', "the int8 bundle's name (default: the old one's, with -int8)")
    .option('--report <file>', 'write what was done to each layer: JSON if the name ends in .json, else Markdown')
    .option(
      '--max-inputs <n>',
      'most network inputs to calibrate on, spread over the photos',
      wholeNumber(1, 10_000),
      64,
    )
    .option('--least-iou <share>', 'mean IoU with the float32 model to reach, over the classes seen', parseShare, 0.97)
    .option('--least-pixels <share>', "share of pixels to reach that have the float32 model's class", parseShare, 0.99)
    .addOption(
      new Option('--reduce-range <when>', 'weights of 7 bits, for x86 without VNNI')
        .choices(['on', 'off', 'auto'])
        .default('auto'),
    )
    .option('--dataset <dir>', "a data set in the authors' layout, to measure both bundles on")
    .option('--split <name>', 'its split (default: Validation, or the data set itself)')
    .option('--limit <n>', 'only its first photos, by name', wholeNumber(1, 10_000_000))
    .option('--json', 'print JSON instead of text', false)
    .addOption(threadsOption(context.config))
    .addHelpText('after', help)
    .action((bundle: string, flags: Flags) => run(bundle, flags, context));
}

async function run(model: string, flags: Flags, context: CommandContext): Promise<void> {
  const { config, stdout, stderr, signal } = context;
  const start = performance.now();
  const photos = await collectPhotos(flags.calibrate, process.cwd());
  const measure = flags.dataset === undefined ? undefined : await prepareMeasuring(flags.dataset, flags, context);
  if (flags.report !== undefined) await mkdir(dirname(flags.report), { recursive: true });
  const { formatReport, quantizeBundle } = await import('@m2fp/compiler/quantize');
  const dir = await resolveBundle(model, { cacheDir: config.cacheDir, dtype: 'float32' });
  const paths = photos.map(({ path }) => path);
  const { name, maxInputs, leastIou, leastPixels, reduceRange, threads } = flags;
  const { manifest, report } = await quantizeBundle(dir, paths, flags.out, {
    ...(name === undefined ? {} : { name }),
    goal: { meanIou: leastIou, pixels: leastPixels },
    ...{ maxInputs, reduceRange, threads, signal, onStep: createProgressLines(stderr) },
  });
  if (flags.report !== undefined) {
    const isJson = extname(flags.report) === '.json';
    await writeWhole(flags.report, isJson ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  }
  const evaluation = await measure?.([dir, flags.out]);
  if (flags.json) {
    printJson(stdout, { manifest, report, ...(evaluation !== undefined && { evaluation: figuresOf(evaluation) }) });
  } else {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    printLine(stdout, `${flags.out}: ${manifest.name}, ${size}, in ${seconds(performance.now() - start)}.`);
    printLine(stdout, describe(report));
    if (evaluation !== undefined) printLine(stdout, describeCost(evaluation));
  }
}

/** Finds the data set before minutes of work; what it returns measures bundles on it. */
async function prepareMeasuring(
  datasetDir: string,
  { split, limit, threads }: Flags,
  { stderr, signal }: CommandContext,
): Promise<(bundles: readonly string[]) => Promise<EvaluationOutcome>> {
  const [{ authorsSize, openDataset }, { classesOf }, { evaluateModels, measurablePhotos }] = await Promise.all([
    import('@m2fp/evaluation'),
    import('../eval/dataset-classes.ts'),
    import('../eval/evaluate-models.ts'),
  ]);
  const dataset = await openDataset(datasetDir, split);
  const photos = measurablePhotos(dataset, limit);
  const classes = await classesOf(dataset);
  return (bundles) => {
    printLine(stderr, `parsing ${count(photos.length, 'photo', 'photos')} of ${dataset.dir} with both`);
    const { onPhoto, end } = createEvalProgress(stderr);
    const settings = { ...authorsSize, flip: false };
    return evaluateModels({ photos, classes, bundles, threads, settings, signal, onPhoto }).finally(end);
  };
}

function figuresOf({ models, failed }: EvaluationOutcome): object {
  const [float32, int8] = models.map(({ figures }) => figures);
  return { float32, int8, failed };
}

function describeCost({ models, measured, failed }: EvaluationOutcome): string {
  const [float32, int8] = models.map(({ figures }) => figures);
  const cost = (key: 'mIoU' | 'mAPr'): string => {
    const [from = null, to = null] = [float32?.[key], int8?.[key]];
    const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(2)} %`);
    return `${percent(from)} with float32, ${percent(to)} with int8 (${gain(from, to)} points)`;
  };
  const apr = float32?.mAPr === null ? 'not measured' : cost('mAPr');
  const left = failed.length === 0 ? '' : ` ${count(failed.length, 'photo', 'photos')} could not be parsed.`;
  return `On ${count(measured, 'photo', 'photos')} of the data set: mIoU ${cost('mIoU')}; APr ${apr}.${left}`;
}

function describe({ layers, agreement, photos, goal, isGoalReached }: QuantizationReport): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const int8 = layers.filter(({ result }) => result === 'int8').length;
  return (
    `${int8} of ${count(layers.length, 'layer', 'layers')} are int8. On ${count(photos, 'photo', 'photos')}, ` +
    `${percent(agreement.pixels)} of the pixels have the same class as with float32, ` +
    `mean IoU ${agreement.meanIou.toFixed(4)}.` +
    (isGoalReached ? '' : ` The goal of ${percent(goal.pixels)} and ${goal.meanIou} was not reached.`)
  );
}

const stages: Readonly<Record<Stage, string>> = {
  photos: 'parsing the photos with float32',
  ranges: 'measuring ranges',
  distributions: 'measuring distributions',
  errors: "measuring the layers' errors",
  comparison: 'parsing the photos with int8',
  sensitivity: "measuring what each layer does to the network's outputs",
};

/** One line per tenth of a stage. */
function createProgressLines(output: NodeJS.WritableStream): (stage: Stage, done: number, total: number) => void {
  let last = '';
  return (stage, done, total) => {
    const line = `${stages[stage]}: ${Math.floor((10 * done) / total) * 10} %`;
    if (line !== last) printLine(output, line);
    last = line;
  };
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('It has to be a number from 0 to 1.');
}
