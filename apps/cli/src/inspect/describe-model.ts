import type { BundleReport, CheckpointReport } from '@m2fp/compiler/inspect';

/** What `m2fp model inspect` prints: a line a fact, then labels and files. */
export function describeModel(dir: string, report: BundleReport | CheckpointReport): string {
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
    ...(report.what === 'checkpoint' ? report.problems.map((text): [string, string] => ['problem', text]) : []),
  ];
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return facts.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
}

function bundleFacts(report: BundleReport): [string, string][] {
  return [
    ['name', report.name],
    ['version', report.version],
    ['weights', `${report.dtype}${report.synthetic ? ', random: results mean nothing' : ''}`],
    ['source', report.source],
    ['licence', report.licence],
    ...(report.quantization === undefined
      ? []
      : [['quantization', inline(report.quantization)] satisfies [string, string]]),
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

/** Each normalisation layer may have the same counter: what ends alike is told once. */
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
