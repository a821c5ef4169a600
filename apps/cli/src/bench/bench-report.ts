import { linePlotSvg, machineLine } from '@m2fp/measure';
import { textTable } from '@m2fp/terminal';
import type { BenchResult, BenchRow, Spread } from './run-bench.ts';

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const spreadText = ({ median, min, max }: Spread): string => `${ms(median)} (${ms(min)}–${ms(max)})`;

/** Tables: times a stage as median (least–most) ms; memory; multiples of the SGEMM bound. */
export function benchTable(result: BenchResult, color: boolean): string {
  const { machine, threads, runs, sgemmGflops, rows } = result;
  const stages = [...new Set(rows.flatMap(({ stagesMs }) => Object.keys(stagesMs)))];
  const head = ['', ...rows.map(({ bundle, dtype, photo }) => `${bundle} ${dtype}\n${photo.width}x${photo.height}`)];
  const line = (name: string, cell: (row: BenchRow) => string): string[] => [name, ...rows.map(cell)];
  const body = [
    ...stages.map((stage) =>
      line(`${stage}, ms`, ({ stagesMs }) => (stagesMs[stage] ? spreadText(stagesMs[stage]) : '')),
    ),
    line('whole path, ms', ({ totalMs }) => spreadText(totalMs)),
    line('network, of the SGEMM bound', ({ bound }) => (bound ? `${bound.network.toFixed(2)}x` : '')),
    line('whole path, of the SGEMM bound', ({ bound }) => (bound ? `${bound.total.toFixed(2)}x` : '')),
    line('load, ms', ({ loadMs }) => ms(loadMs)),
    line('RSS loaded, MB', ({ idleMb }) => String(idleMb)),
    line('RSS peak, MB', ({ peakMb }) => String(peakMb)),
  ];
  const table = textTable({ head, rows: body, color, aligns: ['left', ...rows.map(() => 'right' as const)] });
  const facts = `${threads} threads · ${runs} runs, median (least–most) · SGEMM ${sgemmGflops.toFixed(0)} GFLOP/s`;
  return `${machineLine(machine)}\n${facts}\n${table}`;
}

/** Median time of the whole path against the photo's size, a line a bundle. */
export function timePlot({ rows, machine }: BenchResult): string {
  const names = [...new Set(rows.map(({ bundle, dtype }) => `${bundle} ${dtype}`))];
  return linePlotSvg({
    title: 'Time of a photo against its size',
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
