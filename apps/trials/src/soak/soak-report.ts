/** What a soak says: how fast everything grows, by how much in 72 hours, what is left, and a plot. */
import { linePlotSvg, type Machine, machineLine, percentile } from '@m2fp/bench';
import { modelName } from '@m2fp/contract';
import { type Slope, slopeOf } from './slope.ts';
import type { SoakOptions, SoakRecord, SoakSample } from './soak-run.ts';
import type { StoreSample } from './store-samples.ts';
import { isFlawless, type Tally } from './tally.ts';

export interface Growth {
  readonly first: number;
  readonly last: number;
  readonly peak: number;
  readonly slope: Slope | undefined;
}

export interface SoakReport {
  readonly machine: Machine;
  readonly options: SoakOptions;
  readonly sent: number;
  readonly minutes: number;
  /** The part at the beginning that slopes leave out, minutes. */
  readonly warmUpMinutes: number;
  readonly tally: Tally;
  /** Resident memory, MB. */
  readonly rss: Readonly<Record<string, Growth>>;
  /** What survives a full garbage collection, MB. */
  readonly liveHeap: Readonly<Record<string, Growth>>;
  readonly handles: Readonly<Record<string, Growth>>;
  readonly stores: Readonly<Record<string, Growth>>;
  /** Keys by kind, at the end of the warm-up and of the run. */
  readonly keys: Readonly<Record<string, { readonly first: number; readonly last: number }>>;
  /** Parser processes that were there, by worker. */
  readonly parserProcesses: Readonly<Record<string, number>>;
  readonly leftovers: StoreSample;
}

const hourMs = 3_600_000;

export function soakReport(record: SoakRecord, warmUpMinutes: number): SoakReport {
  const { machine, options, sent, tally, leftovers, startedAt, endedAt } = record;
  const from = startedAt + warmUpMinutes * 60_000;
  const samples = record.samples.filter(({ at }) => at >= from && at <= endedAt);
  const names = [...new Set(samples.flatMap(({ processes }) => Object.keys(processes)))];
  const byProcess = (value: 'rssMb' | 'handles') =>
    Object.fromEntries(
      names.map((name) => [name, growth(pointsOf(samples, ({ processes }) => processes[name]?.[value]))]),
    );
  const heaps = Object.entries(record.heaps).map(([name, all]) => {
    const heap = all.filter(({ at }) => at >= from && at <= endedAt);
    return [name, growth(heap.map(({ at, liveBytes }) => ({ at, value: liveBytes / 1e6 })))] as const;
  });
  return {
    ...{ machine, options, sent, warmUpMinutes, tally, leftovers, minutes: (endedAt - startedAt) / 60_000 },
    rss: byProcess('rssMb'),
    liveHeap: Object.fromEntries(heaps),
    handles: byProcess('handles'),
    stores: storeGrowth(samples),
    keys: keyKinds(samples),
    parserProcesses: Object.fromEntries(
      names.filter((name) => name.startsWith('parser')).map((name) => [name, parsersOf(record.samples, name)]),
    ),
  };
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function pointsOf(samples: readonly SoakSample[], value: (sample: SoakSample) => number | undefined): Point[] {
  return samples.flatMap((sample) => {
    const found = value(sample);
    return found === undefined ? [] : [{ at: sample.at, value: found }];
  });
}

function growth(points: readonly Point[]): Growth {
  const values = points.map(({ value }) => value);
  return {
    first: values.at(0) ?? 0,
    last: values.at(-1) ?? 0,
    peak: Math.max(0, ...values),
    slope: slopeOf(points.map(({ at, value }) => ({ atH: at / hourMs, value }))),
  };
}

function storeGrowth(samples: readonly SoakSample[]): Record<string, Growth> {
  const of = (value: (stores: StoreSample) => number) =>
    growth(pointsOf(samples, ({ stores }) => stores && value(stores)));
  return {
    'Redis, MB': of(({ redisMb }) => redisMb),
    'Redis, keys': of(({ keys }) => Object.values(keys).reduce((sum, count) => sum + count, 0)),
    'S3, objects': of(({ objects }) => objects),
    'S3, MB': of(({ objectsMb }) => objectsMb),
    'S3, open uploads': of(({ openUploads }) => openUploads),
  };
}

function keyKinds(samples: readonly SoakSample[]): SoakReport['keys'] {
  const looked = samples.flatMap(({ stores }) => stores ?? []);
  const [first, last] = [looked.at(0)?.keys ?? {}, looked.at(-1)?.keys ?? {}];
  const kinds = [...new Set([...Object.keys(first), ...Object.keys(last)])].sort();
  return Object.fromEntries(kinds.map((kind) => [kind, { first: first[kind] ?? 0, last: last[kind] ?? 0 }]));
}

function parsersOf(samples: readonly SoakSample[], name: string): number {
  return new Set(samples.flatMap(({ processes }) => processes[name]?.pids ?? [])).size;
}

/** What must be gone at the end: uploads in parts, and objects whose time is over. Photos of batches were put there. */
export function leftoverFaults({ leftovers }: SoakReport): string[] {
  const { openUploads, keys } = leftovers;
  const held = Object.entries(keys).filter(([kind]) => unfinished.test(kind));
  return [
    ...(openUploads > 0 ? [`${openUploads} uploads in parts`] : []),
    ...held.map(([kind, count]) => `${count} keys ${kind}`),
  ];
}

/** Keys that exist only while something is unfinished. */
const unfinished =
  /^parse-[^:]+:(wait|active|paused|prioritized|delayed)$|:lock$|^x:(pending-uploads|running-jobs|open-batches)/;

export function isSound(report: SoakReport): boolean {
  return isFlawless(report.tally) && leftoverFaults(report).length === 0;
}

const hours = 72;

export function soakReportText(report: SoakReport): string {
  const { machine, options, sent, minutes, warmUpMinutes, tally } = report;
  const { unexpected, ...counts } = tally;
  const models = options.model.map(modelName).join(', ');
  const table = (title: string, rows: Readonly<Record<string, Growth>>, digits: number): string[] => [
    '',
    `${title.padEnd(24)}${head.join('')}`,
    ...Object.entries(rows).map(([name, row]) => growthLine(name, row, digits)),
  ];
  return [
    machineLine(machine),
    `model ${models} · ${sent} photos sent in ${minutes.toFixed(1)} minutes, of which ${warmUpMinutes} warm-up`,
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(' · '),
    ...Object.entries(unexpected).map(([what, count]) => `UNEXPECTED ${count} x ${what}`),
    ...table('resident memory, MB', report.rss, 1),
    ...table('live heap, MB', report.liveHeap, 3),
    ...table('open handles', report.handles, 1),
    ...table('stores', report.stores, 1),
    '',
    ...Object.entries(report.keys).map(([kind, { first, last }]) => `keys ${kind}: ${first} → ${last}`),
    '',
    ...Object.entries(report.parserProcesses).map(([name, number]) => `${name}: ${number} processes over the run`),
    `left at the end: ${report.leftovers.objects} objects, ${report.leftovers.openUploads} open uploads, ` +
      `${Object.values(report.leftovers.keys).reduce((sum, count) => sum + count, 0)} keys` +
      leftoverFaults(report)
        .map((fault) => ` · LEFT OVER: ${fault}`)
        .join(''),
  ].join('\n');
}

const width = 12;
const head = ['first', 'last', 'peak', 'per hour', '± error', `in ${hours} h`].map((title) => title.padStart(width));

function growthLine(name: string, { first, last, peak, slope }: Growth, digits: number): string {
  const cells = [first, last, peak, slope?.perHour, slope?.error, slope && slope.perHour * hours];
  const text = (value: number | undefined, i: number): string =>
    (value === undefined ? '-' : value.toFixed(i === 3 || i === 4 ? 3 : digits)).padStart(width);
  return `  ${name.padEnd(22)}${cells.map(text).join('')}`;
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
