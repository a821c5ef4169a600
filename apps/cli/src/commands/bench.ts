import { writeFile } from 'node:fs/promises';
import type { BenchResult, PhotoSize } from '@m2fp/bench/network';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printJson, printLine, printTable } from '../command-context.ts';
import { addParseFlags, readParseOptions } from '../parse/parse-flags.ts';
import { modelOption, threadsOption } from './shared-options.ts';

interface Flags {
  readonly model: string;
  readonly compare?: string;
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

Examples:
  m2fp bench                                         the built-in model on a 2-megapixel photo
  m2fp bench --model bundle/ --compare bundle8/      two bundles, alternating
  m2fp bench --sizes 960x540,1920x1080,4000x3000 --plot time.svg`;

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
    .option('--photo <file>', 'a photo to resize to these sizes, instead of a synthetic one')
    .addOption(new Option('--runs <n>', 'measured runs').argParser(parseCount).default(5))
    .addOption(new Option('--warm-up <n>', 'unmeasured runs before them').argParser(parseCount).default(1))
    .addOption(threadsOption(context.config))
    .option('--json', 'print the result as JSON', false)
    .option('--plot <file>', 'write time against photo size as SVG');
  return addParseFlags(command)
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, command, context));
}

async function run(flags: Flags, command: Command, context: CommandContext): Promise<void> {
  // Loaded only now: help and mistakes should not have to wait for code that computes.
  const { benchTable, timePlot } = await import('@m2fp/bench/network');
  const result = await measure(flags, command, context);
  if (flags.plot !== undefined) await writeFile(flags.plot, timePlot(result));
  if (flags.json) printJson(context.stdout, result);
  else printTable(context.stdout, benchTable(result, context.config.color));
}

async function measure(flags: Flags, command: Command, context: CommandContext): Promise<BenchResult> {
  const { config, signal, stderr } = context;
  const [{ resolveBundle }, { openBundle }, { createBenchPhotos, runBench }] = await Promise.all([
    import('@m2fp/compiler/bundles'),
    import('@m2fp/core/model'),
    import('@m2fp/bench/network'),
  ]);
  const { model, compare, threads, runs, warmUp } = flags;
  const photos = await createBenchPhotos(flags.sizes, flags.photo);
  const names = compare === undefined ? [model] : [model, compare];
  const bundles = [];
  for (const name of names) bundles.push(await openBundle(await resolveBundle(name, { cacheDir: config.cacheDir })));
  return runBench({
    bundles,
    photos,
    options: readParseOptions(command),
    threads,
    runs,
    warmUp,
    environment: config.parserEnvironment,
    signal,
    onProgress: (text) => printLine(stderr, text),
  });
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
