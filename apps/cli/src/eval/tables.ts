import type { ByThreshold, Figure, Figures } from '@m2fp/evaluation';
import { textTable } from '@m2fp/terminal';

/** Figures to show side by side, under names. */
export interface FigureColumn {
  readonly title: string;
  readonly figures: Figures;
}

/** The main figures and those of each class; with two columns, also what the second one has more. */
export function figureTables(columns: readonly FigureColumn[], classNames: readonly string[], color: boolean): string {
  const [first] = columns;
  if (first === undefined) return '';
  return [
    tableOf('', columns, color, mainRows),
    tableOf('IoU, %', columns, color, ({ IoU }) => classNames.map((name, id) => [name, IoU?.[id] ?? null])),
    ...(first.figures.APr_cat === null
      ? []
      : [tableOf('APr, %', columns, color, ({ APr_cat: own }) => partRows(classNames, own))]),
  ].join('\n');
}

type Rows = readonly (readonly [name: string, value: Figure])[];

function mainRows(figures: Figures): Rows {
  const { mIoU, PixelACC, MeanACC, MeanF1Score, mAPr, mAPp, mAPh, APr, APp, PCP, APh } = figures;
  const at = (values: ByThreshold | null, threshold: string): Figure => values?.[threshold] ?? null;
  return [
    ['mIoU', mIoU],
    ['pixel accuracy', PixelACC],
    ['mean accuracy', MeanACC],
    ['mean F1', MeanF1Score],
    ['APr, mean of 0.10 to 0.90', mAPr],
    ['APr at 0.50', at(APr, '0.50')],
    ['APp, mean of 0.10 to 0.90', mAPp],
    ['APp at 0.50', at(APp, '0.50')],
    ['PCP at 0.50', at(PCP, '0.50')],
    ['APh, mean of 0.50 to 0.95', mAPh],
    ['APh at 0.50', at(APh, '0.50')],
  ];
}

function partRows(classNames: readonly string[], values: readonly Figure[] | null): Rows {
  return classNames.slice(1).map((name, i) => [name, values?.[i] ?? null]);
}

function tableOf(title: string, columns: readonly FigureColumn[], color: boolean, rowsOf: (of: Figures) => Rows) {
  const values = columns.map(({ figures }) => rowsOf(figures));
  const [first = [], second] = values;
  const rows = first.map(([name, value], i) => {
    const cells = values.map((column) => percent(column[i]?.[1] ?? null));
    return second === undefined ? [name, ...cells] : [name, ...cells, gain(value, second[i]?.[1] ?? null)];
  });
  const head = [title === '' ? '%' : title, ...columns.map((column) => column.title)];
  if (second !== undefined) head.push('difference');
  return textTable({ head, rows, color, aligns: ['left', 'right', 'right', 'right'] });
}

function percent(value: Figure): string {
  return value === null ? '-' : (100 * value).toFixed(2);
}

/** Percentage points. */
export function gain(from: Figure, to: Figure): string {
  if (from === null || to === null) return '-';
  const points = (100 * (to - from)).toFixed(2);
  if (Number(points) === 0) return '0.00';
  return points.startsWith('-') ? points : `+${points}`;
}
