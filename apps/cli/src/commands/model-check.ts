import { Command } from 'commander';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { publishedModelNames } from '@m2fp/core/bundles';
import type { CaseReport, LabelsReport, MasksReport } from '@m2fp/compiler/golden';
import { textTable } from '@m2fp/terminal';
import { type CommandContext, exitCodes, printJson, printLine, printTable, withStatus } from '../command-context.ts';
import { threadsOption } from './shared-options.ts';

interface Flags {
  readonly golden: string;
  readonly json: boolean;
  readonly threads: number;
}

const help = `
Runs the network and its post-processing on the input of each golden case. Prints how far both are from what the
reference implementation computed; exit code 1 if that is further than a correct float32 conversion may be, or, for a
bundle that "m2fp model import" made, further than another decoder and another way to resize explain.

Examples:
  m2fp model check bundle/ --golden golden/people
  m2fp model check schp/ --golden golden/semantic/schp-lip`;

/** `m2fp model check`: a bundle against golden cases. */
export function createModelCheckCommand(context: CommandContext): Command {
  return new Command('check')
    .description("compare a model bundle with the reference implementation's results")
    .argument('<bundle>', `folder of a model bundle, or ${publishedModelNames.join(' or ')}`)
    .requiredOption('-g, --golden <dir>', 'folder with cases.json and the arrays that it names')
    .option('--json', 'print JSON instead of a table', false)
    .addOption(threadsOption(context.config))
    .addHelpText('after', help)
    .action((bundle: string, flags: Flags) => run(bundle, flags, context));
}

async function run(bundle: string, flags: Flags, context: CommandContext): Promise<void> {
  const { config, stdout, signal } = context;
  const { checkBundle, labelTolerances, tolerances } = await import('@m2fp/compiler/golden');
  const dir = await resolveBundle(bundle, { cacheDir: config.cacheDir });
  const cases: CaseReport[] = [];
  const check = async (): Promise<void> => {
    for await (const report of checkBundle(dir, flags.golden, { threads: flags.threads })) {
      signal.throwIfAborted();
      cases.push(report);
    }
  };
  await withStatus(context, () => `Checking case ${cases.length + 1}`, check);
  const passed = cases.every((report) => report.passed);
  const masks = cases.filter((report) => report.what === 'masks');
  const labels = cases.filter((report) => report.what === 'labels');
  if (flags.json) {
    printJson(stdout, { passed, tolerances: labels.length > 0 ? labelTolerances : tolerances, cases });
  } else {
    const table =
      labels.length > 0
        ? labelsTable(labels, labelTolerances, config.color)
        : masksTable(masks, tolerances, config.color);
    printTable(stdout, table);
    printLine(stdout, passed ? 'Within the tolerances.' : 'Beyond the tolerances.');
  }
  if (!passed) context.exit(exitCodes.failed);
}

/** `logits` and `masks` are the largest differences, divided by the reference's range. */
function masksTable(
  cases: readonly MasksReport[],
  tolerances: { readonly output: number; readonly pixels: number; readonly score: number },
  color: boolean,
): string {
  const percent = (share: number) => `${(100 * share).toFixed(5)} %`;
  const rows = cases.map(({ name, logits, masks, pixels, score, missing, extra, passed }) => [
    name,
    logits.toExponential(1),
    masks.toExponential(1),
    percent(pixels),
    score.toExponential(1),
    missing.join(', ') || 'none',
    extra.join(', ') || 'none',
    passed ? 'yes' : 'NO',
  ]);
  const output = tolerances.output.toExponential(1);
  const limits = ['at most', output, output, percent(tolerances.pixels), tolerances.score.toExponential(1), '', '', ''];
  return textTable({
    head: ['case', 'logits', 'masks', 'mask pixels', 'scores', 'labels missing', 'labels extra', 'passed'],
    rows: [...rows, limits],
    color,
  });
}

/** `logits` is the largest difference, divided by the reference's range. */
function labelsTable(
  cases: readonly LabelsReport[],
  tolerances: { readonly logits: number; readonly pixels: number },
  color: boolean,
): string {
  const percent = (share: number) => `${(100 * share).toFixed(3)} %`;
  const rows = cases.map(({ name, logits, pixels, passed }) => [
    name,
    percent(logits),
    percent(pixels),
    passed ? 'yes' : 'NO',
  ]);
  const limits = ['limit', `at most ${percent(tolerances.logits)}`, `at least ${percent(tolerances.pixels)}`, ''];
  return textTable({ head: ['case', 'logits', 'equal pixels', 'passed'], rows: [...rows, limits], color });
}
