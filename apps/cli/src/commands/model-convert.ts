import { basename, resolve } from 'node:path';
import { isBundleName } from '@m2fp/core/model';
import { seconds } from '@m2fp/terminal';
import { Command, InvalidArgumentError } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';

interface Flags {
  readonly out: string;
  readonly name?: string;
  readonly licence?: string;
}

const help = `
The folder holds pytorch_model.pt and configuration.json, as ModelScope publishes them and training runs save them.
A bundle at --out is replaced; any other folder that is not empty is left alone. No half-written bundle is ever left.

Examples:
  m2fp model convert checkpoint/ --out bundle/
  m2fp model convert checkpoint/ --out people-v2/ --name people-v2 --licence "CC BY-NC 4.0"`;

/** `m2fp model convert`: a checkpoint to a model bundle. */
export function createModelConvertCommand(context: CommandContext): Command {
  return new Command('convert')
    .description('make a model bundle from an M2FP checkpoint')
    .argument('<checkpoint-dir>', 'folder with pytorch_model.pt and configuration.json')
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .option('--name <name>', "the bundle's name (default: the checkpoint folder's)", parseName)
    .option('--licence <text>', 'license of the weights, as the bundle states it')
    .addHelpText('after', help)
    .action((dir: string, flags: Flags) => run(dir, flags, context));
}

async function run(dir: string, flags: Flags, { stdout, signal }: CommandContext): Promise<void> {
  const start = performance.now();
  const { convertCheckpoint } = await import('@m2fp/compiler/m2fp');
  // No folder's path goes into the bundle: the same checkpoint gives the same bytes.
  const folder = basename(resolve(dir));
  const description = {
    name: flags.name ?? bundleName(folder),
    source: `checkpoint ${folder}`,
    ...(flags.licence === undefined ? {} : { licence: flags.licence }),
  };
  const { name, kind, parameters, files } = await convertCheckpoint(dir, flags.out, description, signal);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = `${(parameters / 1e6).toFixed(1)} M parameters, ${(bytes / 1e6).toFixed(1)} MB`;
  printLine(stdout, `${flags.out}: ${name} (${kind}), ${size}, in ${seconds(performance.now() - start)}.`);
  printLine(stdout, `Try it: m2fp parse PHOTO --model ${flags.out}`);
}

function parseName(text: string): string {
  if (isBundleName(text)) return text;
  throw new InvalidArgumentError('It has to consist of letters, digits, dots, dashes and underscores.');
}

/** The name of the checkpoint's folder, without what a manifest does not allow in a name. */
function bundleName(folder: string): string {
  const name = folder.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'model' : name;
}
