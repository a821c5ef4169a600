import { basename, resolve } from 'node:path';
import { seconds } from '@m2fp/terminal';
import { Command } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';

interface Flags {
  readonly out: string;
  readonly name?: string;
  readonly licence?: string;
}

const help = `
The folder holds pytorch_model.pt and configuration.json, as ModelScope publishes them and training runs save them.
A bundle at --out is replaced; any other folder that is not empty is left alone. Nothing half is ever left there.

Examples:
  m2fp model convert checkpoint/ --out bundle/
  m2fp model convert checkpoint/ --out people-v2/ --name people-v2 --licence "CC BY-NC 4.0"`;

/** `m2fp model convert`: a checkpoint to a model bundle. */
export function createModelConvertCommand(context: CommandContext): Command {
  return new Command('convert')
    .description('make a model bundle of an M2FP checkpoint')
    .argument('<checkpoint-dir>', 'folder with pytorch_model.pt and configuration.json')
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .option('--name <name>', "the bundle's name (default: that of its folder)")
    .option('--licence <text>', 'licence of the weights, as the bundle states it')
    .addHelpText('after', help)
    .action((dir: string, flags: Flags) => run(dir, flags, context));
}

async function run(dir: string, flags: Flags, { stdout, signal }: CommandContext): Promise<void> {
  const start = performance.now();
  const [{ openCheckpoint, stopWhenAborted }, { convertM2fp, parseConfiguration }] = await Promise.all([
    import('@m2fp/compiler/checkpoint'),
    import('@m2fp/compiler/m2fp'),
  ]);
  const checkpoint = await openCheckpoint(dir);
  try {
    const configuration = parseConfiguration(checkpoint.configuration, `${dir}/configuration.json`);
    const manifest = await convertM2fp(stopWhenAborted(checkpoint.source, signal), configuration, flags.out, {
      name: flags.name ?? bundleName(flags.out),
      ...(flags.licence === undefined ? {} : { licence: flags.licence }),
    });
    const { name, kind, parameters, files } = manifest;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const size = `${(parameters / 1e6).toFixed(1)} M parameters, ${(bytes / 1e6).toFixed(1)} MB`;
    printLine(stdout, `${flags.out}: ${name} (${kind}), ${size}, in ${seconds(performance.now() - start)}.`);
    printLine(stdout, `Try it: m2fp parse PHOTO --model ${flags.out}`);
  } finally {
    await checkpoint.close();
  }
}

/** What a manifest allows in a name, of what the folder is called. */
function bundleName(dir: string): string {
  const name = basename(resolve(dir))
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'model' : name;
}
