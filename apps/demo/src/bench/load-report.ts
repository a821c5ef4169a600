import type { DrivenJob } from './drive.ts';
import type { ProbeSample } from './event-loop-probe.ts';
import { machineLine, type Machine } from '@m2fp/measure';
import { percentile, spreadOf, type Spread } from '@m2fp/measure';

export interface ApplicationLoad {
  /** The longest that a timer was late, ms. */
  readonly maxEventLoopDelayMs: number;
  readonly rssMb: { readonly first: number; readonly last: number; readonly peak: number };
}

export interface LoadReport {
  readonly machine: Machine;
  readonly model: string;
  readonly jobs: number;
  readonly failed: number;
  readonly clients: number;
  readonly photosPerSecond: number;
  readonly latencyMs: Spread;
  /** Median ms a stage. */
  readonly stagesMs: Readonly<Record<string, number>>;
  readonly api: ApplicationLoad;
  readonly worker: ApplicationLoad;
  /** All parser processes together. */
  readonly parsersRssMb: { readonly peak: number; readonly last: number };
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
  const spread = spreadOrder.map((name) => `${name} ${Math.round(latency[name])}`).join(' · ');
  const stages = Object.entries(report.stagesMs).map(([stage, ms]) => `${stage} ${ms}`);
  const application = ({ maxEventLoopDelayMs, rssMb }: ApplicationLoad): string =>
    `event loop at most ${maxEventLoopDelayMs} ms late · RSS ${rssMb.first} MB, at most ${rssMb.peak}, at the end ${rssMb.last}`;
  return [
    machineLine(report.machine),
    `model ${report.model} · ${report.jobs} photos, ${report.failed} failed · ${report.clients} clients`,
    `throughput  ${report.photosPerSecond} photos/s`,
    `latency     ${spread} ms`,
    `stages      ${stages.join(' · ')} ms (median)`,
    `API         ${application(api)}`,
    `worker      ${application(worker)}`,
    `parsers     RSS at most ${parsersRssMb.peak} MB, at the end ${parsersRssMb.last}`,
  ].join('\n');
}

const spreadOrder = ['p50', 'p90', 'p99', 'max'] as const;

export function loadSpread(jobs: readonly DrivenJob[]): Spread {
  return spreadOf(jobs.map(({ latencyMs }) => latencyMs));
}

export function toMb(bytes: number): number {
  return Math.round(bytes / 1e6);
}

export function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
