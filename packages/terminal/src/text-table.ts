import Table from 'cli-table3';

export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly color: boolean;
  /** A column's width, borders not counted; null: as wide as its widest cell. */
  readonly widths?: readonly (number | null)[];
  readonly aligns?: readonly ('left' | 'right')[];
}

/** A table with borders; what is too long for its column goes on in the next line. */
export function textTable({ head, rows, color, widths = [], aligns = [] }: TextTable): string {
  const table = new Table({
    head: [...head],
    colWidths: [...widths],
    colAligns: [...aligns],
    wordWrap: true,
    style: color ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
