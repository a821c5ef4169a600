import type { PresetKind, PresetMasks, PresetName } from '@m2fp/compiler/m2fp';
import { AppError } from '@m2fp/contract';
import { Command, Option } from 'commander';
import { type CommandContext, printLine, withStatus } from '../command-context.ts';
import { wholeNumber } from './shared-options.ts';

interface Flags {
  readonly arch: PresetName;
  readonly kind: PresetKind;
  readonly masks: PresetMasks;
  readonly seed: number;
  readonly out: string;
}

// Named here too, so that help need not load the compiler.
const architectures = ['r101', 'r50', 'tiny'] satisfies PresetName[];
const kinds = ['people', 'single'] satisfies PresetKind[];
const maskChoices = ['noise', 'people'] satisfies PresetMasks[];

const help = `
The network has the published layers and sizes, so that speed and memory can be tried without the published weights.
Its results mean nothing; its bundle says so, and so do the worker and "m2fp parse". They are masks of noise, which take
longer than a trained network's; --masks people has the network work just as hard, and then gives the same people for
any photo, up to four (two with --arch tiny, which has fewer queries): masks as smooth, as sure and as many as a trained
network finds.

Examples:
  m2fp model synth --arch r101 --kind people --out bundle/      the published size: 63.0 M parameters
  m2fp model synth --arch tiny --kind single --seed 7 --out tiny/`;

/** `m2fp model synth`: a model bundle of random weights. */
export function createModelSynthCommand(context: CommandContext): Command {
  return new Command('synth')
    .description('make a model bundle with random weights')
    .addOption(new Option('--arch <name>', 'r101 is the published network').choices(architectures).default('r101'))
    .addOption(new Option('--kind <kind>', 'many people, or one person').choices(kinds).default('people'))
    .addOption(
      new Option('--masks <what>', 'what random weights find, or made-up people in any photo, to measure with')
        .choices(maskChoices)
        .default('noise'),
    )
    .option('--seed <n>', 'the same seed gives the same bytes', wholeNumber(0, 0xffff_ffff), 1)
    .requiredOption('-o, --out <dir>', 'folder for the bundle')
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, context));
}

async function run({ arch, kind, masks, seed, out }: Flags, context: CommandContext): Promise<void> {
  const { stdout, signal } = context;
  if (masks === 'people' && kind !== 'people') {
    throw new AppError('invalid_request', '--masks people needs --kind people: it makes up several people.');
  }
  const { synthesizeM2fp } = await import('@m2fp/compiler/m2fp');
  const manifest = await withStatus(
    context,
    () => 'Making random weights',
    () => synthesizeM2fp({ architecture: arch, kind, seed, masks }, out, signal),
  );
  const size = `${(manifest.parameters / 1e6).toFixed(1)} M parameters`;
  printLine(stdout, `${out}: ${manifest.name} (${manifest.kind}), ${size}, random weights of seed ${seed}.`);
}
