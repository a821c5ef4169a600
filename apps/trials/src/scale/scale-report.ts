import { linePlotSvg, percentile } from '@m2fp/bench';
import { textTable } from '@m2fp/terminal';
import type { DayNeeds } from './needs.ts';
import type { ScaleRun, ScaleSettings } from './scenarios.ts';

export interface RunFigures {
  readonly scenario: string;
  readonly rule: string;
  readonly arrived: number;
  /** From a photo's arrival until a worker began with it, s. */
  readonly waitS: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly longestBacklog: number;
  readonly batchMinutes: readonly number[];
  readonly mostWorkers: number;
  readonly workerHours: number;
  /** Of the workers' time in which they parsed, 0 to 1. */
  readonly busy: number;
  readonly cost: number;
}

export function figuresOf(run: ScaleRun, { pricePerHour }: Pick<ScaleSettings, 'pricePerHour'>): RunFigures {
  const { scenario, rule, arrived, waitsS, samples, workerS, busyS, batchS } = run;
  const sorted = waitsS.toSorted();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    ...{ scenario, rule, arrived },
    waitS: { p50: at(0.5), p99: at(0.99), max: at(1) },
    longestBacklog: Math.max(...samples.map(({ waiting }) => waiting)),
    batchMinutes: batchS.map((seconds) => seconds / 60),
    mostWorkers: Math.max(...samples.map(({ workers }) => workers)),
    workerHours: workerS / 3_600,
    busy: workerS === 0 ? 0 : busyS / workerS,
    cost: (workerS / 3_600) * pricePerHour,
  };
}

export function figuresText(figures: readonly RunFigures[]): string {
  const head = [
    ...['day', 'rule', 'photos', 'wait p50', 'p99', 'longest', 'backlog', 'batch done'],
    ...['workers', 'worker-hours', 'busy', 'cost'],
  ];
  const rows = figures.map((each) => [
    ...[each.scenario, each.rule, String(each.arrived)],
    ...[each.waitS.p50, each.waitS.p99, each.waitS.max].map((seconds) => `${seconds.toFixed(1)} s`),
    ...[String(each.longestBacklog), each.batchMinutes.map((minutes) => `${minutes.toFixed(0)} min`).join(', ')],
    ...[String(each.mostWorkers), each.workerHours.toFixed(0), `${(each.busy * 100).toFixed(0)} %`],
    each.cost.toFixed(0),
  ]);
  return textTable({ head, rows, color: false });
}

/** Of one day under both rules. */
export function agePlot(runs: readonly ScaleRun[], note: string): string {
  return linePlotSvg({
    title: `Age of the oldest waiting photo: ${runs[0]?.scenario ?? ''}`,
    ...{ note, xLabel: 'hours', yLabel: 'seconds' },
    series: runs.map((run) => ({ name: run.rule, points: thinned(run, ({ oldestS }) => oldestS) })),
  });
}

export function workersPlot(runs: readonly ScaleRun[], note: string): string {
  return linePlotSvg({
    title: `Workers: ${runs[0]?.scenario ?? ''}`,
    ...{ note, xLabel: 'hours', yLabel: 'workers' },
    series: runs.map((run) => ({ name: run.rule, points: thinned(run, ({ workers }) => workers) })),
  });
}

/** Most points of a plot: what is left of several samples is the highest. */
const points = 480;

function thinned({ samples }: ScaleRun, value: (sample: ScaleRun['samples'][number]) => number) {
  const step = Math.max(1, Math.ceil(samples.length / points));
  return Array.from({ length: Math.ceil(samples.length / step) }, (_, place) => {
    const group = samples.slice(place * step, (place + 1) * step);
    return { x: (group[0]?.atS ?? 0) / 3_600, y: percentile(group.map(value), 1) };
  });
}

export function needsText(needs: readonly DayNeeds[]): string {
  const head = ['', ...needs.map(({ photosPerDay }) => `${photosPerDay.toLocaleString('en-US')} a day`)];
  const row = (name: string, value: (day: DayNeeds) => number, digits: number): string[] => [
    name,
    ...needs.map((day) => value(day).toLocaleString('en-US', { maximumFractionDigits: digits })),
  ];
  const rows = [
    row('photos per second, mean', (day) => day.meanPerSecond, 1),
    row('photos per second, peak', (day) => day.peakPerSecond, 1),
    row('workers at the peak', (day) => day.workers, 0),
    row('worker-hours a day', (day) => day.workerHours, 0),
    row('API, cores at the peak', (day) => day.apiCores, 2),
    row('dispatcher, cores at the peak', (day) => day.dispatcherCores, 2),
    row('Redis, cores at the peak', (day) => day.redisCores, 2),
    row('Redis, Mbit/s at the peak', (day) => day.redisMbitPerSecond, 1),
    row('Redis, GB if an hour of the peak waits', (day) => day.redisWaitingHourGb, 2),
    row('S3 requests per second at the peak', (day) => day.s3RequestsPerSecond, 0),
    row('S3, Mbit/s at the peak', (day) => day.s3MbitPerSecond, 0),
    row('S3, TB a day', (day) => day.s3TerabytesPerDay, 2),
    row('workers, $ a day', (day) => day.dollarsPerDay.workers, 0),
    row('S3 requests, $ a day', (day) => day.dollarsPerDay.s3Requests, 0),
    row('S3 storage, $ for each day that all is kept', (day) => day.dollarsPerDay.s3StoragePerDayKept, 0),
  ];
  return textTable({ head, rows, color: false });
}
