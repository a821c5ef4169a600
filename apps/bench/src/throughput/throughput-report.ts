import { type Machine, machineLine } from '@m2fp/bench';

/** Medians over the rounds of one kind. */
export interface Pace {
  readonly atOnce: number;
  /** From one result to the next, ms. */
  readonly photoMs: number;
  /** Of all threads of the parser process and of its owner, for one photo, ms. */
  readonly coreMs: number;
  readonly networkMs: number;
  /** `photoMs` as a multiple of what the cores allow. */
  readonly ofAllowed: number;
  /** Of the parser process. */
  readonly peakRssMb: number;
}

export interface ThroughputReport {
  readonly machine: Machine;
  readonly model: string;
  readonly photo: { readonly width: number; readonly height: number };
  readonly threads: number;
  readonly photos: number;
  readonly rounds: number;
  /** What one photo would take if all cores were busy all the time, ms: its core-ms when alone, over the cores. */
  readonly allowedMs: number;
  readonly alone: Pace;
  readonly together: Pace;
}

export function throughputText(report: ThroughputReport): string {
  const { machine, model, photo, threads, photos, rounds, alone, together } = report;
  const line = (name: string, pace: Pace): string =>
    [
      `${name.padEnd(14)} ${pace.photoMs.toFixed(0)} ms per photo`,
      `${(1_000 / pace.photoMs).toFixed(2)} photos/s`,
      `${(pace.coreMs / 1_000).toFixed(2)} core-seconds`,
      `${pace.ofAllowed.toFixed(3)}x of what the cores allow`,
      `network ${pace.networkMs.toFixed(0)} ms`,
      `peak ${pace.peakRssMb} MB`,
    ].join(' · ');
  const size = `${photo.width}x${photo.height}`;
  const peak = ratio(together.peakRssMb, alone.peakRssMb);
  return [
    machineLine(machine),
    `model ${model} · ${size} · ${threads} threads · ${rounds} rounds of ${photos} photos, medians`,
    line('one at a time', alone),
    line(`${together.atOnce} at once`, together),
    `The cores allow ${report.allowedMs.toFixed(0)} ms per photo; peak ${peak}x of one photo’s.`,
  ].join('\n');
}

function ratio(a: number, b: number): string {
  return (a / b).toFixed(2);
}
