import { resolveBundle } from '@m2fp/compiler/bundles';
import { isModelName, licenseNote, modelNames } from '@m2fp/core/bundles';
import type { BundleReport, CheckpointReport } from '@m2fp/compiler/inspect';
import { Command } from 'commander';
import { type CommandContext, exitCodes, printJson, printLine } from '../command-context.ts';

const help = `
Examples:
  m2fp model inspect bundle/            a model bundle; its files are checked against their sha256
  m2fp model inspect people             the one that "m2fp model pull people" made
  m2fp model inspect checkpoint/ --json a checkpoint: also what the network does not need, and what is assumed
  m2fp model inspect model_final.pth --config m2fp_R101_bs16_145k.yaml   one of detectron2; also without its YAML`;

interface Flags {
  readonly json: boolean;
  readonly config?: string;
}

/** `m2fp model inspect`: what a bundle or a checkpoint holds. */
export function createModelInspectCommand(context: CommandContext): Command {
  return new Command('inspect')
    .description('show what a model bundle or a checkpoint holds')
    .argument('<path>', `folder of either, a file .pth or .pkl, or ${modelNames.join(', ')}`)
    .option('-c, --config <file>', "a checkpoint's YAML of detectron2 (default: config.yaml beside it)")
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action((path: string, flags: Flags) => run(path, flags, context));
}

async function run(model: string, { json, config }: Flags, context: CommandContext): Promise<void> {
  const { inspectModel } = await import('@m2fp/compiler/inspect');
  const dir = isModelName(model) ? await resolveBundle(model, { cacheDir: context.config.cacheDir }) : model;
  const report = await inspectModel(dir, { config });
  if (json) printJson(context.stdout, report);
  else printLine(context.stdout, describeModel(dir, report));
  // Tensors are missing or have the wrong shape: it will not convert.
  if (report.what === 'checkpoint' && report.problems.length > 0) context.exit(exitCodes.failed);
}

/** What `m2fp model inspect` prints: one line per fact, then labels and files. */
function describeModel(dir: string, report: BundleReport | CheckpointReport): string {
  const specific = report.what === 'bundle' ? bundleFacts(report) : checkpointFacts(report);
  const bytes = report.files.reduce((sum, file) => sum + file.bytes, 0);
  const facts: [string, string][] = [
    [report.what, dir],
    ['kind', report.kind],
    ...specific,
    ['parameters', `${report.parameters} (${(report.parameters / 1e6).toFixed(1)} M)`],
    ['size', `${(bytes / 1e6).toFixed(1)} MB`],
    ...Object.entries(report.architecture).map(([name, value]): [string, string] => [name, inline(value)]),
    ['labels', report.labels.map(({ id, name }) => `${id} ${name}`).join(', ')],
    ...report.files.map((file): [string, string] => [file.path, `${file.bytes} bytes, sha256 ${file.sha256}`]),
    ...(report.what === 'checkpoint' ? [...named('note', report.notes), ...named('problem', report.problems)] : []),
  ];
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return facts.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
}

function named(name: string, texts: readonly string[]): [string, string][] {
  return texts.map((text) => [name, text]);
}

function bundleFacts(report: BundleReport): [string, string][] {
  return [
    ['name', report.name],
    ['version', report.version],
    ['weights', `${report.dtype}${report.synthetic ? ', random: results mean nothing' : ''}`],
    ['source', report.source],
    ['license', withNote(report.licence)],
    ...contractFacts(report),
    ...(report.quantization === undefined
      ? []
      : [['quantization', inline(report.quantization)] satisfies [string, string]]),
  ];
}

function withNote(license: string): string {
  const note = licenseNote(license);
  return note === undefined ? license : `${license} (${note})`;
}

/** What a network of somebody else's takes and gives. */
function contractFacts(report: BundleReport): [string, string][] {
  if (!('output' in report)) return [];
  return [
    ['input', inline(report.input)],
    ['output', inline(report.output)],
  ];
}

function checkpointFacts(report: CheckpointReport): [string, string][] {
  const list = (names: readonly string[]) => names.join(', ') || 'none';
  const dtypes = Object.entries(report.dtypes).map(([dtype, tensors]) => `${tensors} of ${dtype}`);
  return [
    ['tensors', `${report.tensors} (${dtypes.join(', ')})`],
    ['ignored tensors', list(groupByLastPart([...report.ignoredTensors, ...report.ignoredEntries]))],
    ['ignored keys', list(report.ignoredConfigurationKeys)],
    ['filled-in keys', list(report.assumedConfigurationKeys)],
  ];
}

/** Each normalization layer may have the same counter: names with the same ending are grouped. */
function groupByLastPart(names: readonly string[]): string[] {
  const groups = Map.groupBy(names, (name) => name.split('.').at(-1) ?? name);
  return [...groups].map(([last, [first = last, ...others]]) =>
    others.length === 0 ? first : `${others.length + 1} called *.${last}`,
  );
}

/** Nested facts on one line: `depth 101, stemWidth 128, blocks 3 4 23 3`. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inline).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${inline(part)}`)
    .join(', ');
}
