import { machineLine, type Machine, type Spread } from '@m2fp/measure';
import type { ApplicationLoad } from './load-report.ts';

export interface ApiReport {
  readonly machine: Machine;
  readonly model: string;
  readonly parse: {
    readonly photos: number;
    /** From the request to the whole answer, ms. */
    readonly wallMs: Spread;
    /** The stages of the parse itself, without fetching the photo and storing the result, ms. */
    readonly parseMs: Spread;
    /** What is around it: HTTP, upload, queue, fetch, store, reading the result, ms. */
    readonly addedMs: Spread;
  };
  readonly creates: {
    readonly jobs: number;
    readonly clients: number;
    readonly failed: number;
    readonly perSecond: number;
    readonly latencyMs: Spread;
    readonly api: ApplicationLoad;
    /** Resident memory of the API a few seconds later, MB. */
    readonly settledMb: number;
  };
}

export function apiReportText({ machine, model, parse, creates }: ApiReport): string {
  const { rssMb, maxEventLoopDelayMs } = creates.api;
  return [
    machineLine(machine),
    `model ${model}`,
    `POST /parse on idle workers, 960x540, ${parse.photos} photos`,
    `  wall      ${spreadText(parse.wallMs)}`,
    `  parse     ${spreadText(parse.parseMs)}`,
    `  added     ${spreadText(parse.addedMs)}`,
    `POST /v1/jobs, ${creates.jobs} by ${creates.clients} at once: ${creates.failed} failed, ${creates.perSecond} a second`,
    `  latency   ${spreadText(creates.latencyMs)}`,
    `  API       RSS ${rssMb.first} MB, at most ${rssMb.peak}, later ${creates.settledMb} · event loop at most ${maxEventLoopDelayMs} ms late`,
  ].join('\n');
}

function spreadText({ p50, p90, p99, max }: Spread): string {
  const round = (ms: number): string => ms.toFixed(1);
  return `p50 ${round(p50)} · p90 ${round(p90)} · p99 ${round(p99)} · max ${round(max)} ms`;
}
