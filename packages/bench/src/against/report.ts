import { textTable } from '@m2fp/terminal';
import { machineLine } from '../measurement.ts';
import type { MedianRange } from '../network/rows.ts';
import type { AgainstResult, AgainstRow } from './result.ts';

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

/** A median, and from where to where single runs went. */
const range = ({ median, min, max }: MedianRange): string =>
  `${seconds(median)} s (${seconds(min)} to ${seconds(max)})`;

const head = ['', 'network', 'of the SGEMM bound', 'whole path', 'peak memory', 'load', 'difference: logits, masks'];

function cells(row: AgainstRow, namesPhoto: boolean): string[] {
  const { title, bundle, dtype, photo, stagesMs, totalMs, bound, isWhole, peakMb, loadMs, difference } = row;
  const network = stagesMs['network'];
  const size = namesPhoto ? `, ${photo.width} x ${photo.height}` : '';
  return [
    title === 'm2fp-parsing' ? `m2fp-parsing, ${bundle}, ${dtype}${size}` : `${title}, ${dtype}${size}`,
    network === undefined ? '' : range(network),
    bound === undefined ? '' : `${bound.network.toFixed(2)}x`,
    isWhole ? range(totalMs) : '',
    `${peakMb} MB`,
    `${seconds(loadMs)} s`,
    difference === undefined ? '' : `${difference.logits.toExponential(1)}, ${difference.masks.toExponential(1)}`,
  ];
}

function facts({ machine, threads, runs, sgemmGflops, python }: AgainstResult): string[] {
  const packages = Object.entries(python?.packages ?? {}).map(([name, version]) => `${name} ${version}`);
  return [
    machineLine(machine),
    `${threads} threads · ${runs} runs in turns, median (from to) · SGEMM ${sgemmGflops.toFixed(0)} GFLOP/s`,
    ...(python === undefined ? [] : [[`Python ${python.version}`, ...packages].join(' · ')]),
  ];
}

function rowsOf({ rows }: AgainstResult): string[][] {
  const sizes = new Set(rows.map(({ photo }) => `${photo.width}x${photo.height}`));
  return rows.map((row) => cells(row, sizes.size > 1));
}

/** For a terminal: the table, what it was measured on, and what was not measured. */
export function againstTable(result: AgainstResult, color: boolean): string {
  const aligns = head.map((_, i) => (i === 0 ? 'left' : 'right'));
  return [...facts(result), textTable({ head, rows: rowsOf(result), color, aligns }), ...result.notes].join('\n');
}

/** The same as Markdown, for a page. */
export function againstMarkdown(result: AgainstResult): string {
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  const table = [head, rule, ...rowsOf(result)].map(line);
  const lines = [facts(result).join('  \n'), '', ...table];
  return [...lines, ...(result.notes.length > 0 ? ['', ...result.notes.map((note) => `- ${note}`)] : [])].join('\n');
}
