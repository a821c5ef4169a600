import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';

interface Flags {
  readonly arch: 'r101' | 'r50' | 'tiny';
  readonly kind: 'people' | 'single';
  readonly seed: number;
  readonly out: string;
}

const help = `
The network has the published layers and sizes, so that speed and memory can be tried where the weights cannot be had.
What it finds means nothing; its bundle says so, and so do the worker and "m2fp parse".

Examples:
  m2fp model synth --arch r101 --kind people --out bundle/      the published size: 63.0 M parameters
  m2fp model synth --arch tiny --kind single --seed 7 --out tiny/`;

/** `m2fp model synth`: a model bundle of random weights. */
export function createModelSynthCommand(context: CommandContext): Command {
  return new Command('synth')
    .description('make a model bundle of random weights')
    .addOption(
      new Option('--arch <name>', 'r101 is the published network').choices(['r101', 'r50', 'tiny']).default('r101'),
    )
    .addOption(
      new Option('--kind <kind>', 'many people, or one person').choices(['people', 'single']).default('people'),
    )
    .option('--seed <n>', 'the same seed gives the same bytes', parseSeed, 1)
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, context));
}

async function run({ arch, kind, seed, out }: Flags, { stdout, signal }: CommandContext): Promise<void> {
  const { synthesizeM2fp } = await import('@m2fp/compiler/m2fp');
  const manifest = await synthesizeM2fp({ architecture: arch, kind, seed }, out, signal);
  const size = `${(manifest.parameters / 1e6).toFixed(1)} M parameters`;
  printLine(stdout, `${out}: ${manifest.name} (${manifest.kind}), ${size}, random weights of seed ${seed}.`);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 0xffff_ffff) return seed;
  throw new InvalidArgumentError('It has to be a whole number from 0 to 4294967295.');
}
