import { textTable } from '@m2fp/terminal';
import { linePlotSvg } from '../line-plot.ts';
import { machineLine } from '../measurement.ts';
import type { BenchResult, BenchRow, MedianRange } from './rows.ts';

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const rangeText = ({ median, min, max }: MedianRange): string => `${ms(median)} (${ms(min)}–${ms(max)})`;

/** A table: time per stage as median (min–max) ms, memory, and multiples of the SGEMM bound. */
export function benchTable(result: BenchResult, color: boolean): string {
  const { machine, threads, runs, sgemmGflops, rows } = result;
  const stages = [...new Set(rows.flatMap(({ stagesMs }) => Object.keys(stagesMs)))];
  const head = ['', ...rows.map(({ bundle, dtype, photo }) => `${bundle} ${dtype}\n${photo.width}x${photo.height}`)];
  const line = (name: string, cell: (row: BenchRow) => string): string[] => [name, ...rows.map(cell)];
  const body = [
    ...stages.map((stage) =>
      line(`${stage}, ms`, ({ stagesMs }) => (stagesMs[stage] ? rangeText(stagesMs[stage]) : '')),
    ),
    line('whole path, ms', ({ totalMs }) => rangeText(totalMs)),
    line('network, of the SGEMM bound', ({ bound }) => (bound ? `${bound.network.toFixed(2)}x` : '')),
    line('whole path, of the SGEMM bound', ({ bound }) => (bound ? `${bound.total.toFixed(2)}x` : '')),
    line('load, ms', ({ loadMs }) => ms(loadMs)),
    line('RSS loaded, MB', ({ idleMb }) => String(idleMb)),
    line('RSS peak, MB', ({ peakMb }) => String(peakMb)),
  ];
  const table = textTable({ head, rows: body, color, aligns: ['left', ...rows.map(() => 'right' as const)] });
  const facts = `${threads} threads · ${runs} runs, median (min–max) · SGEMM ${sgemmGflops.toFixed(0)} GFLOP/s`;
  return `${machineLine(machine)}\n${facts}\n${table}`;
}

/** Median time of the whole path against the photo's size, one line per bundle. */
export function timePlot({ rows, machine }: BenchResult): string {
  const names = [...new Set(rows.map(({ bundle, dtype }) => `${bundle} ${dtype}`))];
  return linePlotSvg({
    title: 'Time per photo against its size',
    note: machineLine(machine),
    xLabel: 'photo, megapixels',
    yLabel: 'whole path, s',
    series: names.map((name) => ({
      name,
      points: rows
        .filter(({ bundle, dtype }) => `${bundle} ${dtype}` === name)
        .map(({ photo, totalMs }) => ({ x: (photo.width * photo.height) / 1e6, y: totalMs.median / 1_000 }))
        .sort((a, b) => a.x - b.x),
    })),
  });
}
