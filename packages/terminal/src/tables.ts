import Table from 'cli-table3';
import { count, oneLine, printable, seconds } from './words.ts';

export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly color: boolean;
  /** Column widths without borders; null: as wide as the widest cell. */
  readonly widths?: readonly (number | null)[];
  readonly aligns?: readonly ('left' | 'right')[];
}

/** A table with borders; text that is too long for its column wraps. Cells are made printable, line by line. */
export function textTable({ head, rows, color, widths = [], aligns = [] }: TextTable): string {
  const table = new Table({
    head: head.map(safe),
    colWidths: [...widths],
    colAligns: [...aligns],
    wordWrap: true,
    style: color ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] },
  });
  table.push(...rows.map((row) => row.map(safe)));
  return table.toString();
}

function safe(cell: string): string {
  return cell.split('\n').map(printable).join('\n');
}

/** What became of a photo: what was found and where it is, or what went wrong. */
export type PhotoRow = { readonly name: string } & (
  | {
      readonly people: number;
      readonly labels: readonly string[];
      readonly elapsedMs: number;
      /** Its results' folder inside `outDir`. */
      readonly folder: string;
    }
  /** Its results were there before. */
  | { readonly folder: string }
  | { readonly error: { readonly code: string; readonly message: string } }
);

export interface TableSettings {
  readonly widthColumns: number;
  readonly color: boolean;
  /** Where the result folders are, as the user typed it. */
  readonly outDir: string;
}

const minLabelsWidth = 24;
const maxLabelsWidth = 72;

/**
 * One row per photo: people, labels found, time and place of the results, or what went wrong. Where a table would be
 * wider than the terminal, the same in lines.
 */
export function photoTable(photos: readonly PhotoRow[], settings: TableSettings): string {
  const rows = photos.map((photo) => rowOf(photo, settings.outDir));
  const head = ['photo', 'people', 'labels found', 'time', 'results'];
  const fixed = [0, 1, 3, 4].map((column) => 2 + longest([head, ...rows].map((row) => row[column] ?? '')));
  const left = settings.widthColumns - fixed.reduce((sum, width) => sum + width, 0) - (head.length + 1);
  if (left < minLabelsWidth) return photoLines(photos, rows);
  const labelsWidth = Math.min(maxLabelsWidth, left);
  const [photo = null, people = null, time = null, results = null] = fixed;
  return textTable({
    head,
    rows,
    color: settings.color,
    widths: [photo, people, labelsWidth, time, results],
    aligns: ['left', 'right', 'left', 'right', 'left'],
  });
}

function photoLines(photos: readonly PhotoRow[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map(([name = '', , found = '', time = '', place = ''], index) => {
    const photo = photos[index];
    if (photo === undefined || !('people' in photo)) return `${name}: ${found}`;
    return `${name}: ${count(photo.people, 'person', 'people')}, ${time}\n  ${found}\n  ${place}`;
  });
  return lines.join('\n');
}

function rowOf(photo: PhotoRow, outDir: string): string[] {
  const name = printable(photo.name);
  if ('error' in photo) return [name, '-', `${photo.error.code}: ${printable(oneLine(photo.error.message))}`, '-', '-'];
  const place = `${outDir.replace(/\/$/, '')}/${printable(photo.folder)}/`;
  if (!('people' in photo)) return [name, '-', 'skipped: its results are there', '-', place];
  return [
    name,
    String(photo.people),
    photo.labels.map(printable).join(', ') || 'none',
    seconds(photo.elapsedMs),
    place,
  ];
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => [...text].length));
}
