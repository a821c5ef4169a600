import { linePlotSvg, type Machine, machineLine, percentile, type Spread, toMb } from '@m2fp/bench';
import type { ProbeSample } from './event-loop-probe.ts';

/** One photo, as its client saw it. */
export interface DrivenJob {
  /** From the start of the upload until its client saw it finished. */
  readonly latencyMs: number;
  /** From its creation until a worker took it. */
  readonly queueWaitMs: number;
  readonly succeeded: boolean;
  /** ms per stage, as the worker reports. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface ApplicationLoad {
  /** The longest delay of a timer, ms. */
  readonly maxEventLoopDelayMs: number;
  readonly rssMb: { readonly first: number; readonly last: number; readonly peak: number };
}

export interface LoadReport {
  readonly machine: Machine;
  readonly model: string;
  readonly jobs: number;
  readonly failed: number;
  readonly clients: number;
  /** From the start of the worker, together with API and dispatcher, until a client saw the first result. */
  readonly coldStartMs: number;
  readonly photosPerSecond: number;
  readonly latencyMs: Spread;
  /** From a job's creation until a worker took it. */
  readonly queueWaitMs: Spread;
  /** Median ms per stage. */
  readonly stagesMs: Readonly<Record<string, number>>;
  readonly api: ApplicationLoad;
  readonly worker: ApplicationLoad;
  /** All parser processes together; drift: the last tenth's median minus the first tenth's. */
  readonly parsersRssMb: { readonly peak: number; readonly last: number; readonly drift: number };
  /** API, worker and parser processes with the model loaded, idle for a while after the warm-up. */
  readonly idleRssMb: number;
  readonly memory: readonly MemorySample[];
}

/** Resident memory at one moment. */
export interface MemorySample {
  /** Since the start of the measured photos, s. */
  readonly atS: number;
  readonly apiMb: number;
  readonly workerMb: number;
  readonly parsersMb: number;
}

/** By how much values grow from the beginning to the end. */
export function drift(values: readonly number[]): number {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return percentile(values.slice(-tenth), 0.5) - percentile(values.slice(0, tenth), 0.5);
}

export function memoryPlot({ memory, machine, model, jobs }: LoadReport): string {
  const series = (name: string, value: (sample: MemorySample) => number) => ({
    name,
    points: memory.map((sample) => ({ x: sample.atS, y: value(sample) })),
  });
  return linePlotSvg({
    title: `Resident memory over ${jobs} photos, model ${model.split('/').filter(Boolean).at(-1) ?? model}`,
    note: machineLine(machine),
    xLabel: 's',
    yLabel: 'MB',
    series: [
      series('parser process', ({ parsersMb }) => parsersMb),
      series('worker', ({ workerMb }) => workerMb),
      series('API', ({ apiMb }) => apiMb),
    ],
  });
}

/** What a probe saw between two times. */
export function applicationLoad(samples: readonly ProbeSample[], from: number, to: number): ApplicationLoad {
  const within = samples.filter(({ at }) => at >= from && at <= to);
  const rss = within.map(({ rssBytes }) => toMb(rssBytes));
  return {
    maxEventLoopDelayMs: round1(Math.max(0, ...within.map(({ maxDelayMs }) => maxDelayMs))),
    rssMb: { first: rss.at(0) ?? 0, last: rss.at(-1) ?? 0, peak: Math.max(0, ...rss) },
  };
}

export function medianStages(jobs: readonly DrivenJob[]): Record<string, number> {
  const stages = new Set(jobs.flatMap(({ timings }) => Object.keys(timings)));
  const median = (stage: string): number =>
    percentile(
      jobs.flatMap(({ timings }) => timings[stage] ?? []),
      0.5,
    );
  return Object.fromEntries([...stages].map((stage) => [stage, round1(median(stage))]));
}

export function loadReportText(report: LoadReport): string {
  const { latencyMs: latency, api, worker, parsersRssMb } = report;
  const spread = (values: Spread): string =>
    spreadOrder.map((name) => `${name} ${Math.round(values[name])}`).join(' · ');
  const stages = Object.entries(report.stagesMs).map(([stage, ms]) => `${stage} ${ms}`);
  const application = ({ maxEventLoopDelayMs, rssMb: { first, peak, last } }: ApplicationLoad): string =>
    `event loop at most ${maxEventLoopDelayMs} ms late · RSS ${first} MB, at most ${peak}, at the end ${last}`;
  return [
    machineLine(report.machine),
    `model ${report.model} · ${report.jobs} photos, ${report.failed} failed · ${report.clients} clients`,
    `cold start  ${report.coldStartMs} ms from the worker's start to the first result`,
    `throughput  ${report.photosPerSecond} photos/s`,
    `latency     ${spread(latency)} ms`,
    `in queue    ${spread(report.queueWaitMs)} ms`,
    `stages      ${stages.join(' · ')} ms (median)`,
    `API         ${application(api)}`,
    `worker      ${application(worker)}`,
    `parsers     RSS at most ${parsersRssMb.peak} MB, at the end ${parsersRssMb.last}, drift ${parsersRssMb.drift}`,
    `idle        ${report.idleRssMb} MB: API, worker and parsers with the model loaded`,
  ].join('\n');
}

const spreadOrder = ['p50', 'p90', 'p99', 'max'] as const;

export function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
