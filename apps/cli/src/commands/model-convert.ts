import { basename, extname, resolve } from 'node:path';
import { isBundleName } from '@m2fp/core/model';
import { seconds } from '@m2fp/terminal';
import { Command, InvalidArgumentError } from 'commander';
import { type CommandContext, printLine, withStatus } from '../command-context.ts';

interface Flags {
  readonly out: string;
  readonly name?: string;
  readonly licence?: string;
  readonly config?: string;
  readonly labels?: string;
}

const help = `
A checkpoint is one of:
  a folder with pytorch_model.pt and configuration.json, as ModelScope publishes M2FP;
  a file .pth or .pkl of detectron2, as the authors publish M2FP, with its YAML by --config. The file that the YAML
  names as _BASE_ has to lie where it says. The classes are those of the data set in DATASETS.TEST: CIHP, LIP, MHP-v2
  and PASCAL-Person-Part are known; for any other, name them by --labels: one a line, or as JSON.
What is in the file decides how it is read, not its ending. Nothing in it is run.

A bundle at --out is replaced; any other folder that is not empty is left alone. No half-written bundle is ever left.

Examples:
  m2fp model convert checkpoint/ --out bundle/
  m2fp model convert checkpoint/ --out people-v2/ --name people-v2 --licence "CC BY-NC 4.0"
  m2fp model convert model_final.pth --config m2fp_R101_bs16_145k.yaml --out mhp/
  m2fp model convert model_final.pkl --config mine.yaml --labels names.txt --out mine/`;

/** `m2fp model convert`: a checkpoint to a model bundle. */
export function createModelConvertCommand(context: CommandContext): Command {
  return new Command('convert')
    .description('make a model bundle from an M2FP checkpoint')
    .argument('<checkpoint>', "ModelScope's folder, or a file .pth or .pkl of detectron2")
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .option('-c, --config <file>', "detectron2's YAML (default: config.yaml beside the checkpoint)")
    .option('--labels <file>', 'names of the classes: one a line, a JSON list, or a JSON object from id to name')
    .option('--name <name>', "the bundle's name (default: the configuration's, or the checkpoint folder's)", parseName)
    .option('--licence <text>', 'license of the weights, as the bundle states it')
    .addHelpText('after', help)
    .action((dir: string, flags: Flags) => run(dir, flags, context));
}

async function run(path: string, flags: Flags, context: CommandContext): Promise<void> {
  const { stdout, stderr, signal } = context;
  const start = performance.now();
  const { convertCheckpoint } = await import('@m2fp/compiler/m2fp');
  // No folder's path goes into the bundle: the same checkpoint gives the same bytes.
  const own = basename(resolve(path));
  const description = {
    name: flags.name ?? bundleName(nameSource(path, flags.config)),
    source: `checkpoint ${own}`,
    ...(flags.licence === undefined ? {} : { licence: flags.licence }),
  };
  const settings = {
    config: flags.config,
    labels: flags.labels,
    onNote: (note: string) => printLine(stderr, `note: ${note}`),
  };
  const { name, kind, parameters, files } = await withStatus(
    context,
    () => `Converting ${own}`,
    () => convertCheckpoint(path, flags.out, description, signal, settings),
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = `${(parameters / 1e6).toFixed(1)} M parameters, ${(bytes / 1e6).toFixed(1)} MB`;
  printLine(stdout, `${flags.out}: ${name} (${kind}), ${size}, in ${seconds(performance.now() - start)}.`);
  printLine(stdout, `Try it: m2fp parse PHOTO --model ${flags.out}`);
}

/** `model_final.pth` says less than its configuration's name or its folder's. */
function nameSource(path: string, config: string | undefined): string {
  if (config !== undefined) return basename(config, extname(config));
  const isFile = /\.(pth?|pkl|bin)$/i.test(path);
  return basename(isFile ? resolve(path, '..') : resolve(path));
}

function parseName(text: string): string {
  if (isBundleName(text)) return text;
  throw new InvalidArgumentError('It has to consist of letters, digits, dots, dashes and underscores.');
}

/** Without what a manifest does not allow in a name. */
function bundleName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'model' : name;
}
