/** What a soak's samples come to: how fast everything grows, and what is left. */
import type { Machine } from '@m2fp/bench';
import { leftoverFaults } from './leftovers.ts';
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
  readonly photosPerHour: number;
  /** The part at the beginning that slopes leave out, minutes. */
  readonly warmUpMinutes: number;
  readonly tally: Tally;
  /** Resident memory, MB. */
  readonly rss: Readonly<Record<string, Growth>>;
  /** What survives a full garbage collection, MB. */
  readonly liveHeap: Readonly<Record<string, Growth>>;
  /** Resident memory without V8's heap, MB. */
  readonly native: Readonly<Record<string, Growth>>;
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
  const byHeap = (value: 'liveBytes' | 'nativeBytes') =>
    Object.fromEntries(
      Object.entries(record.heaps).map(([name, all]) => {
        const heap = all.filter(({ at }) => at >= from && at <= endedAt);
        return [name, growth(heap.map((sample) => ({ at: sample.at, value: sample[value] / 1e6 })))];
      }),
    );
  return {
    ...{ machine, options, sent, warmUpMinutes, tally, leftovers, minutes: (endedAt - startedAt) / 60_000 },
    photosPerHour: photosPerHour(samples),
    rss: byProcess('rssMb'),
    liveHeap: byHeap('liveBytes'),
    native: byHeap('nativeBytes'),
    handles: byProcess('handles'),
    stores: storeGrowth(samples),
    keys: keyKinds(samples),
    parserProcesses: Object.fromEntries(
      names.filter((name) => name.startsWith('parser')).map((name) => [name, parsersOf(record.samples, name)]),
    ),
  };
}

function photosPerHour(samples: readonly SoakSample[]): number {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  return ((last.photos - first.photos) / (last.at - first.at)) * hourMs;
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

export function isSound({ tally, leftovers }: SoakReport): boolean {
  return isFlawless(tally) && leftoverFaults(leftovers).length === 0;
}
