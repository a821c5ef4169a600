import { Command } from 'commander';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { publishedModelNames } from '@m2fp/core/bundles';
import type { CaseReport, LabelsReport, MasksReport, RoundingErrors, Tolerances } from '@m2fp/compiler/golden';
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
reference implementation computed; exit code 1 if that is further than a correct float32 conversion may be: 1e-4 of an
output's range or, where the golden case has the outputs in float64 too, three times the reference's own rounding. For
a bundle that "m2fp model import" made: further than another decoder and another way to resize explain.

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

/**
 * `logits` and `masks` are the largest differences, divided by the reference's range. Where there are float64 outputs,
 * two more columns compare the bundle's rounding with the reference's.
 */
function masksTable(cases: readonly MasksReport[], tolerances: Tolerances, color: boolean): string {
  const percent = (share: number) => `${(100 * share).toFixed(5)} %`;
  const rounds = cases.some(({ float64 }) => float64.logits ?? float64.masks);
  const ifRounds = (...cells: string[]) => (rounds ? cells : []);
  const rows = cases.map(({ name, logits, masks, float64, pixels, score, missing, extra, passed }) => [
    name,
    logits.toExponential(1),
    masks.toExponential(1),
    ...ifRounds(roundingCell(float64.logits), roundingCell(float64.masks)),
    percent(pixels),
    score.toExponential(1),
    missing.join(', ') || 'none',
    extra.join(', ') || 'none',
    passed ? 'yes' : 'NO',
  ]);
  const output = tolerances.output.toExponential(1);
  const multiple = `or ${tolerances.referenceErrors}x`;
  const limits = [
    ['at most', output, output, ...ifRounds(multiple, multiple)],
    [percent(tolerances.pixels), tolerances.score.toExponential(1), '', '', ''],
  ].flat();
  const rounding = ifRounds('logits / float64', 'masks / float64');
  return textTable({
    head: ['case', 'logits', 'masks', ...rounding, 'mask pixels', 'scores', 'labels missing', 'labels extra', 'passed'],
    rows: [...rows, limits],
    color,
  });
}

/** How far a bundle is from float64, and what multiple of the reference's own distance that is. */
function roundingCell(errors: RoundingErrors | undefined): string {
  if (errors === undefined) return '-';
  const { bundle, reference } = errors;
  return `${bundle.toExponential(1)}, ${bundle === 0 ? 0 : (bundle / reference).toPrecision(2)}x`;
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
