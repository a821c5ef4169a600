import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { modelNames, resolveBundle } from '@m2fp/compiler/bundles';
import type { QuantizationReport, ReduceRange, Stage } from '@m2fp/compiler/quantize';
import { collectPhotos, count, seconds, writeWhole } from '@m2fp/terminal';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printJson, printLine } from '../command-context.ts';
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
}

const help = `
The photos should be like those that the model will see; 100 are plenty, and a few are enough. By default, weights have
8 bits if this CPU has VNNI, else 7: say "--reduce-range on" for a bundle that x86 machines without VNNI will use.

If the int8 model agrees less with the float32 one than --least-iou and --least-pixels ask for, each layer's effect on
the network's outputs is measured, and the layers that do the most harm for what they save stay float32. That takes a
few runs of the network per layer; with 0 for both, the first int8 model is accepted.

Examples:
  m2fp model quantize bundle/ --calibrate photos/ --out bundle8/
  m2fp model quantize portrait --calibrate a.jpg b.jpg --out portrait8/ --report portrait8.md`;

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
    .option('--json', 'print JSON instead of text', false)
    .addOption(threadsOption(context.config))
    .addHelpText('after', help)
    .action((bundle: string, flags: Flags) => run(bundle, flags, context));
}

async function run(model: string, flags: Flags, { config, stdout, stderr, signal }: CommandContext): Promise<void> {
  const start = performance.now();
  const photos = await collectPhotos(flags.calibrate, process.cwd());
  if (flags.report !== undefined) await mkdir(dirname(flags.report), { recursive: true });
  const { formatReport, quantizeBundle } = await import('@m2fp/compiler/quantize');
  const dir = await resolveBundle(model, { cacheDir: config.cacheDir });
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
  if (flags.json) {
    printJson(stdout, { manifest, report });
  } else {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    printLine(stdout, `${flags.out}: ${manifest.name}, ${size}, in ${seconds(performance.now() - start)}.`);
    printLine(stdout, describe(report));
  }
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
