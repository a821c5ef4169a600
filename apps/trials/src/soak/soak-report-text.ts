/** A soak's report for people, and its plot. */
import { linePlotSvg, machineLine, percentile } from '@m2fp/bench';
import { modelName } from '@m2fp/contract';
import { leftoverFaults } from './leftovers.ts';
import type { Growth, SoakReport } from './soak-report.ts';
import type { SoakRecord } from './soak-run.ts';

const hours = 72;
const columns = ['first', 'last', 'peak', 'per hour', '± error', `in ${hours} h`, 'per 1,000'];
const width = 12;

export function soakReportText(report: SoakReport): string {
  const { machine, options, sent, minutes, warmUpMinutes, tally, leftovers } = report;
  const { unexpected, ...counts } = tally;
  const models = options.model.map(modelName).join(', ');
  const table = (title: string, rows: Readonly<Record<string, Growth>>): string[] => [
    '',
    `${title.padEnd(24)}${columns.map((column) => column.padStart(width)).join('')}`,
    ...Object.entries(rows).map(([name, row]) => growthLine(name, row, report.photosPerHour)),
  ];
  const keys = Object.entries(report.keys).filter(([, { first, last }]) => first !== last);
  return [
    machineLine(machine),
    `model ${models} · ${sent} photos in ${minutes.toFixed(1)} minutes, of which ${warmUpMinutes.toFixed(1)} warm-up`,
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(' · '),
    ...Object.entries(unexpected).map(([what, count]) => `UNEXPECTED ${count} x ${what}`),
    ...table('resident memory, MB', report.rss),
    ...table('live heap, MB', report.liveHeap),
    ...table('beyond V8’s heap, MB', report.native),
    ...table('open handles', report.handles),
    ...table('stores', report.stores),
    '',
    `keys by kind: ${keys.map(([kind, { first, last }]) => `${kind} ${first} → ${last}`).join(' · ')}`,
    ...Object.entries(report.parserProcesses).map(([name, number]) => `${name}: ${number} processes over the run`),
    `left at the end: ${leftovers.objects} objects, ${leftovers.openUploads} open uploads, ` +
      `${Object.values(leftovers.keys).reduce((sum, count) => sum + count, 0)} keys`,
    ...leftoverFaults(leftovers).map((fault) => `LEFT OVER: ${fault}`),
  ].join('\n');
}

/** The last column is per 1,000 photos: where the rate is far from the usual one, it tells more than hours. */
function growthLine(name: string, { first, last, peak, slope }: Growth, photosPerHour: number): string {
  const figure = (value: number | undefined, digits: number): string =>
    (value === undefined ? '-' : value.toFixed(digits)).padStart(width);
  const perThousand = slope && photosPerHour > 0 ? (slope.perHour / photosPerHour) * 1_000 : undefined;
  return [
    `  ${name.padEnd(22)}`,
    ...[first, last, peak].map((value) => figure(value, 1)),
    ...[slope?.perHour, slope?.error].map((value) => figure(value, 3)),
    figure(slope && slope.perHour * hours, 1),
    figure(perThousand, 3),
  ].join('');
}

/** So many points make a line, each the median of its part: an SVG stays small however long the run was. */
const plottedPoints = 240;

export function soakPlot({ samples, startedAt, endedAt, machine, options, sent }: SoakRecord): string {
  const within = samples.filter(({ at }) => at <= endedAt);
  const names = [...new Set(within.flatMap(({ processes }) => Object.keys(processes)))].filter((name) => name !== 'S3');
  const each = Math.ceil(within.length / plottedPoints);
  const series = names.map((name) => ({
    name,
    points: Array.from({ length: Math.ceil(within.length / each) }, (_, i) => {
      const part = within.slice(i * each, (i + 1) * each);
      const y = percentile(
        part.flatMap(({ processes }) => processes[name]?.rssMb ?? []),
        0.5,
      );
      return { x: ((part[0]?.at ?? startedAt) - startedAt) / 60_000, y };
    }).filter(({ y }) => !Number.isNaN(y)),
  }));
  const models = options.model.map(modelName).join(', ');
  return linePlotSvg({
    ...{ title: `Resident memory over ${sent} photos, ${models}`, note: machineLine(machine) },
    ...{ xLabel: 'minutes', yLabel: 'MB', series },
  });
}
