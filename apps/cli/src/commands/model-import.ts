import { licenseNote } from '@m2fp/core/bundles';
import { isBundleName, type ManifestOf } from '@m2fp/core/model';
import type { PresetName } from '@m2fp/compiler/semantic';
import { seconds } from '@m2fp/terminal';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printLine, withStatus } from '../command-context.ts';
import { threadsOption } from './shared-options.ts';

interface Flags {
  readonly preset: PresetName | 'custom';
  readonly contract?: string;
  readonly labels?: string;
  readonly input?: string;
  readonly output?: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly name?: string;
  readonly license?: string;
  readonly out: string;
  readonly threads: number;
}

// Named here too, so that help need not load the compiler.
const presetSummaries: Readonly<Record<PresetName | 'custom', string>> = {
  'schp-lip': 'SCHP, 473 x 473, 20 classes of LIP',
  'schp-atr': 'SCHP, 512 x 512, 18 classes of ATR',
  'schp-pascal': 'SCHP, 512 x 512, 7 classes of PASCAL-Person-Part',
  segformer: 'SegFormer as FASHN runs it, 384 x 576, 18 classes; others with --labels and --size',
  custom: 'as --contract says',
};

const help = `
Presets:
${Object.entries(presetSummaries)
  .map(([name, summary]) => `  ${name.padEnd(14)}${summary}`)
  .join('\n')}

Weights in files beside the network are taken along. The network is run once. --labels is a text with a name on each
line, a JSON list, or an object from id to name (a Hugging Face config.json will do); class 0 is the background.

A contract is JSON; "size" is needed, the rest has the defaults shown:
  {
    "input": {
      "size": { "width": 512, "height": 512 },   or { "multipleOf": 32 }: any size, as --short-side and --max-side say
      "fit": "stretch",           or, with the photo's proportions: "letterbox" (in the middle), "top-left",
                                  "affine" (letterbox from pixel center to pixel center, as SCHP does)
      "resize": "bilinear",       or "bilinear-align-corners", "bilinear-antialias" (as Pillow), "area", "nearest"
      "channels": "rgb",          or "bgr": the order of the tensor's channels, of "mean" and of "std"
      "scale": 0.00392156862745,  the tensor's value is (level * scale - mean) / std, levels are 0 to 255
      "mean": [0, 0, 0],
      "std": [1, 1, 1],
      "fill": 0,                  the level beside the photo, or "mean"
      "layout": "nchw",           or "nhwc"
      "profile": "ignore"         a photo's color profile, as OpenCV and Pillow do; or "convert" to sRGB
    },
    "output": {
      "values": "logits",         or "probabilities"; "labels" for a network that gives class ids [1, height, width]
      "layout": "nchw",           or "nhwc"
      "toInput": "none",          or how logits are resized to the input's size first: "bilinear",
                                  "bilinear-align-corners", "nearest"
      "toPhoto": "bilinear",      how they get to the photo's size: also "bilinear-align-corners", "nearest"
      "stride": 4                 the input's side by the output's, checked if it is there; no default
    }
  }
Both objects may have a "name": the tensor's in the graph, like --input and --output.

Examples:
  m2fp model import schp-lip.onnx --preset schp-lip --out schp/
  m2fp model import clothes.onnx --preset segformer --labels config.json --size 512x512 --out clothes/
  m2fp model import own.onnx --preset custom --contract own.json --labels own.txt --license "ours" --out own/`;

/** `m2fp model import`: a segmentation network in ONNX to a model bundle. */
export function createModelImportCommand(context: CommandContext): Command {
  return new Command('import')
    .description('make a model bundle from any segmentation network in ONNX')
    .argument('<network.onnx>', 'the network: a picture in, class logits or a label map out')
    .addOption(
      new Option('-p, --preset <name>', 'what the network takes and gives')
        .choices(Object.keys(presetSummaries))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .option('--contract <file>', 'what the network takes and gives, for the preset custom')
    .option('--labels <file>', "names of the classes (default: the preset's)")
    .option('--license <text>', "license of the weights, as the bundle states it (default: the preset's)")
    .option('--name <name>', "the bundle's name (default: the preset's; for custom, the file's)", parseName)
    .option('--size <width>x<height>', "the network's input, px, if it is not the preset's", parseSize)
    .option('--input <name>', "the graph's input")
    .option('--output <name>', "the graph's output, if it has several")
    .addOption(threadsOption(context.config))
    .addHelpText('after', help)
    .action((path: string, flags: Flags, command: Command) => {
      const isCustom = flags.preset === 'custom';
      if (isCustom && flags.contract === undefined) command.error('error: the preset custom needs a --contract');
      if (!isCustom && flags.contract !== undefined) command.error('error: --contract is for the preset custom');
      return run(path, flags, context);
    });
}

async function run(path: string, { out, ...settings }: Flags, context: CommandContext): Promise<void> {
  const { stdout, signal } = context;
  const start = performance.now();
  const { importNetwork } = await import('@m2fp/compiler/semantic');
  const manifest = await withStatus(
    context,
    () => 'Reading the network, and running it once',
    () => importNetwork(path, out, { ...settings, signal }),
  );
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const size = `${(manifest.parameters / 1e6).toFixed(1)} M parameters, ${(bytes / 1e6).toFixed(1)} MB`;
  printLine(stdout, `${out}: ${manifest.name} (${manifest.kind}), ${size}, in ${seconds(performance.now() - start)}.`);
  printLine(
    stdout,
    `Takes ${describeInput(manifest)}; gives ${manifest.labels.length} classes (${manifest.output.name}).`,
  );
  const note = licenseNote(manifest.licence);
  printLine(stdout, `License: ${manifest.licence}${note === undefined ? '' : ` (${note})`}.`);
  printLine(stdout, `Try it: m2fp parse PHOTO --model ${out}`);
}

function describeInput({ input }: ManifestOf<'semantic'>): string {
  const { size, fit, channels, name } = input;
  const sides = 'width' in size ? `${size.width} x ${size.height}` : `multiples of ${size.multipleOf}`;
  return `${sides}, ${fit}, ${channels.toUpperCase()} (${name})`;
}

function parseName(text: string): string {
  if (isBundleName(text)) return text;
  throw new InvalidArgumentError('It has to consist of letters, digits, dots, dashes and underscores.');
}

function parseSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (size.width >= 1 && size.width <= 4096 && size.height >= 1 && size.height <= 4096) return size;
  throw new InvalidArgumentError('It has to be like 512x512, each side from 1 to 4096.');
}
