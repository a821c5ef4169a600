import Table from 'cli-table3';
import { spentMs } from '../client/job-schema.ts';
import type { PhotoOutcome } from '../client/parse-photos.ts';
import { printable } from './printable.ts';
import { seconds } from './plain-words.ts';

export interface TableSettings {
  readonly widthColumns: number;
  readonly color: boolean;
  /** Where the result folders are, as the user wrote it. */
  readonly outDir: string;
}

const minLabelsWidth = 24;
const maxLabelsWidth = 72;

/** What the user asked for, a row a photo: people, labels found, time and place of the results, or what went wrong. */
export function outcomeTable(outcomes: readonly PhotoOutcome[], settings: TableSettings): string {
  const rows = outcomes.map((outcome) => rowOf(outcome, settings.outDir));
  const head = ['photo', 'people', 'labels found', 'time', 'results'];
  const fixed = [0, 1, 3, 4].map((column) => 2 + longest([head, ...rows].map((row) => row[column] ?? '')));
  const left = settings.widthColumns - fixed.reduce((sum, width) => sum + width, 0) - (head.length + 1);
  const labelsWidth = Math.min(maxLabelsWidth, Math.max(minLabelsWidth, left));
  const [photo = null, people = null, time = null, results = null] = fixed;
  const table = new Table({
    head,
    colWidths: [photo, people, labelsWidth, time, results],
    colAligns: ['left', 'right', 'left', 'right', 'left'],
    wordWrap: true,
    style: settings.color ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] },
  });
  table.push(...rows);
  return table.toString();
}

function rowOf(outcome: PhotoOutcome, outDir: string): string[] {
  const name = printable(outcome.photo.name);
  if (!outcome.ok) return [name, '-', `${outcome.code}: ${printable(outcome.message)}`, '-', '-'];
  const { people, labels, timings } = outcome.result;
  const found = labels.filter(({ pixels }) => pixels > 0).map((label) => label.name);
  const place = `${outDir.replace(/\/$/, '')}/${printable(outcome.photo.folder)}/`;
  return [name, String(people), found.join(', ') || 'none', seconds(spentMs(timings)), place];
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => [...text].length));
}
