import { writeFile } from 'node:fs/promises';
import type { AgainstSettings } from '@m2fp/bench/against';
import { type Contender, contenderNames, contendersOf } from '@m2fp/bench/contenders';
import type { BenchResult, BenchSettings, PhotoSize } from '@m2fp/bench/network';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printJson, printLine, printTable } from '../command-context.ts';
import { addParseFlags, readParseOptions } from '../parse/parse-flags.ts';
import { modelOption, threadsOption } from './shared-options.ts';

interface Flags {
  readonly model: string;
  readonly compare?: string;
  readonly against?: readonly Contender[];
  readonly python?: string;
  readonly checkpoint?: string;
  readonly markdown: boolean;
  readonly sizes: readonly PhotoSize[];
  readonly photo?: string;
  readonly runs: number;
  readonly warmUp: number;
  readonly threads: number;
  readonly json: boolean;
  readonly plot?: string;
}

const help = `
Each bundle and size is measured in its own process, like a worker's parser process. For networks of the published
size, times are also given as multiples of what their arithmetic takes at the rate of a 2048-cubed matrix product,
measured between the runs: unlike seconds, such multiples carry over from one machine to another.

--against runs the same graph in OpenVINO, and the network as its authors' code computes it in PyTorch, each in a
process of its own, where a Python with numpy, pillow, openvino (and nncf for int8) or torch is found. What is missing
is said; everything else is still measured.

Examples:
  m2fp bench                                         the built-in model on a 2-megapixel photo
  m2fp bench --model bundle/ --compare bundle8/      two bundles, alternating
  m2fp bench --sizes 960x540,1920x1080,4000x3000 --plot time.svg
  m2fp bench --model r101/ --compare r101-int8/ --against pytorch,openvino --python venv/bin/python --markdown`;

/** `m2fp bench`: time per stage, memory, and the machine's own rate, in one run. */
export function createBenchCommand(context: CommandContext): Command {
  const command = new Command('bench')
    .addOption(modelOption())
    .option('--compare <name|dir>', 'another model, alternating with the first')
    .addOption(
      new Option('--sizes <list>', 'photo sizes, such as 1920x1080,4000x3000')
        .argParser(parseSizes)
        .default([{ width: 1920, height: 1080 }], '1920x1080'),
    )
    .option('--against <list>', `others, in turns with the models: ${contenderNames.join(', ')}`, parseAgainst)
    .option('--python <file>', 'the Python that runs them (default: python3 of the PATH)')
    .option('--checkpoint <path>', 'for pytorch: what the model was converted from, unless its weights are random')
    .option('--photo <file>', 'a photo to resize to these sizes, instead of a synthetic one')
    .addOption(new Option('--runs <n>', 'measured runs').argParser(parseCount).default(5))
    .addOption(new Option('--warm-up <n>', 'unmeasured runs before them').argParser(parseCount).default(1))
    .addOption(threadsOption(context.config))
    .option('--json', 'print the result as JSON', false)
    .option('--markdown', 'with --against: print the result as Markdown', false)
    .option('--plot <file>', 'write time against photo size as SVG');
  return addParseFlags(command)
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, command, context));
}

async function run(flags: Flags, command: Command, context: CommandContext): Promise<void> {
  assertTogether(flags, command);
  if (flags.against !== undefined) return runAgainst(flags, flags.against, command, context);
  // Loaded only now: help and mistakes should not have to wait for code that computes.
  const { benchTable, timePlot } = await import('@m2fp/bench/network');
  const result = await measure(flags, command, context);
  if (flags.plot !== undefined) await writeFile(flags.plot, timePlot(result));
  if (flags.json) printJson(context.stdout, result);
  else printTable(context.stdout, benchTable(result, context.config.color));
}

async function runAgainst(
  flags: Flags,
  contenders: readonly Contender[],
  command: Command,
  context: CommandContext,
): Promise<void> {
  const { config, stdout } = context;
  const bench = await import('@m2fp/bench/against');
  const result = await bench.runAgainst({
    ...(await settingsOf(flags, command, context)),
    contenders,
    python: flags.python,
    checkpoint: flags.checkpoint,
    pythonEnvironment: config.environment,
  });
  if (flags.json) printJson(stdout, result);
  else if (flags.markdown) printLine(stdout, bench.againstMarkdown(result));
  else printTable(stdout, bench.againstTable(result, config.color));
}

async function measure(flags: Flags, command: Command, context: CommandContext): Promise<BenchResult> {
  const { runBench } = await import('@m2fp/bench/network');
  return runBench(await settingsOf(flags, command, context));
}

type SharedSettings = BenchSettings & Pick<AgainstSettings, 'bundles'>;

async function settingsOf(flags: Flags, command: Command, context: CommandContext): Promise<SharedSettings> {
  const { config, signal, stderr } = context;
  const [{ resolveBundle }, { openBundle }, { createBenchPhotos }] = await Promise.all([
    import('@m2fp/compiler/bundles'),
    import('@m2fp/core/model'),
    import('@m2fp/bench/network'),
  ]);
  const { model, compare, threads, runs, warmUp } = flags;
  const photos = await createBenchPhotos(flags.sizes, flags.photo);
  const names = compare === undefined ? [model] : [model, compare];
  const bundles = [];
  for (const name of names) bundles.push(await openBundle(await resolveBundle(name, { cacheDir: config.cacheDir })));
  return {
    bundles,
    photos,
    options: readParseOptions(command),
    threads,
    runs,
    warmUp,
    cacheDir: config.cacheDir,
    environment: config.parserEnvironment,
    signal,
    onProgress: (text) => printLine(stderr, text),
  };
}

/** An option that would do nothing is a mistake. */
function assertTogether({ against, python, checkpoint, json, markdown, plot }: Flags, command: Command): void {
  if (json && markdown) command.error('error: --json and --markdown are two forms of the same: name one.');
  if (against !== undefined && plot !== undefined) command.error('error: --plot does not go with --against.');
  if (against !== undefined) return;
  if (python !== undefined || checkpoint !== undefined || markdown) {
    command.error('error: --python, --checkpoint and --markdown go with --against.');
  }
}

function parseAgainst(text: string): readonly Contender[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => contenderNames.includes(name))) return contendersOf(names);
  throw new InvalidArgumentError(`It can be ${contenderNames.join(', ')}, or several of these with commas.`);
}

function parseSizes(text: string): PhotoSize[] {
  return text.split(',').map((size) => {
    const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size.trim()) ?? [];
    if (!Number(width) || !Number(height)) throw new InvalidArgumentError('Write sizes like 1920x1080,4000x3000.');
    return { width: Number(width), height: Number(height) };
  });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}
