import { type Machine, machineLine, type Spread } from '@m2fp/bench';
import type { ApplicationLoad } from './load-report.ts';

export interface ApiReport {
  readonly machine: Machine;
  readonly model: string;
  readonly parse: {
    readonly photos: number;
    /** From the request to the complete response, ms. */
    readonly wallMs: Spread;
    /** The stages of the parse itself, without fetching the photo and storing the result, ms. */
    readonly parseMs: Spread;
    /** Everything around it: HTTP, upload, queue, fetch, store, reading the result, ms. */
    readonly addedMs: Spread;
  };
  readonly creates: {
    readonly jobs: number;
    readonly clients: number;
    /** Resident memory of the API before the first, MB. */
    readonly idleMb: number;
    readonly rounds: readonly CreateRound[];
  };
}

/** One round: all creates, once. Before the first round the API has seen only a few creates, two per client. */
export interface CreateRound {
  readonly failed: number;
  readonly perSecond: number;
  readonly latencyMs: Spread;
  /** Of the API, for one create; null where the system does not say. */
  readonly cpuMs: number | null;
  readonly api: ApplicationLoad;
  /** Resident memory of the API a few seconds later, MB. */
  readonly settledMb: number;
}

export function apiReportText({ machine, model, parse, creates }: ApiReport): string {
  const { jobs, clients, idleMb, rounds } = creates;
  return [
    machineLine(machine),
    `model ${model}`,
    `POST /parse on idle workers, 960x540, ${parse.photos} photos`,
    `  wall      ${spreadText(parse.wallMs)}`,
    `  parse     ${spreadText(parse.parseMs)}`,
    `  added     ${spreadText(parse.addedMs)}`,
    `POST /v1/jobs, ${jobs} by ${clients} at once, ${rounds.length} times; API at rest ${idleMb} MB`,
    ...rounds.flatMap(roundLines),
  ].join('\n');
}

function roundLines({ failed, perSecond, latencyMs, cpuMs, api, settledMb }: CreateRound, index: number): string[] {
  const { rssMb, maxEventLoopDelayMs } = api;
  return [
    `  round ${index + 1}   ${spreadText(latencyMs)} · ${failed} failed, ${perSecond} per second`,
    `            ${cpuMs ?? '?'} ms of CPU each · RSS at most ${rssMb.peak} MB, later ${settledMb} · event loop at most ${maxEventLoopDelayMs} ms late`,
  ];
}

function spreadText({ p50, p90, p99, max }: Spread): string {
  const round = (ms: number): string => ms.toFixed(1);
  return `p50 ${round(p50)} · p90 ${round(p90)} · p99 ${round(p99)} · max ${round(max)} ms`;
}
