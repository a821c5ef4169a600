/** Days that are simulated, and what the service costs there: docs/performance.md has where the figures come from. */
import { kedaDefaults } from '../autoscale/keda-rule.ts';
import { policies } from '../autoscale/policies.ts';
import { createRandom, singleArrivals, type Burst } from './arrivals.ts';
import { byBacklog, byDrainTime, type ScalingRule } from './rules.ts';
import { simulate, type SimulationResult } from './simulate.ts';

export interface ScaleSettings {
  readonly seed: number;
  /** That come one by one. */
  readonly photosPerDay: number;
  readonly hours: number;
  /** Of one worker. */
  readonly secondsPerPhoto: number;
  readonly startS: number;
  readonly peakToMean: number;
  readonly maxWorkers: number;
  /** Of a worker, in any currency. */
  readonly pricePerHour: number;
}

export interface Scenario {
  readonly name: string;
  readonly bursts: readonly Burst[];
  readonly batches: readonly { readonly atS: number; readonly photos: number }[];
  readonly outage?: { readonly atS: number; readonly zone: number };
}

const hourS = 3_600;

function scenariosOf({ photosPerDay }: ScaleSettings): readonly Scenario[] {
  const calm = { bursts: [], batches: [] };
  return [
    { name: 'a day', ...calm },
    { name: 'bursts', ...calm, bursts: [10, 15, 20].map((hour) => ({ atS: hour * hourS, seconds: 600, factor: 5 })) },
    { name: 'one huge batch', ...calm, batches: [{ atS: 9 * hourS, photos: Math.round(photosPerDay / 5) }] },
    { name: 'a zone goes away', ...calm, outage: { atS: 14 * hourS, zone: 0 } },
  ];
}

/** Started anew for each day: rules remember. */
function rulesOf({ secondsPerPhoto, startS, maxWorkers: max }: ScaleSettings): readonly ScalingRule[] {
  // Half a minute's work, as docs/autoscaling.md advises.
  const target = Math.max(1, Math.round(30 / secondsPerPhoto));
  const drain = { secondsPerPhoto, startS, max, drainS: 60, windowS: 120, everyS: 5 };
  return [byBacklog({ ...kedaDefaults, ...policies.prompt, max, target }), byDrainTime(drain)];
}

export interface ScaleRun extends SimulationResult {
  readonly scenario: string;
  readonly rule: string;
}

/** Each day under each rule, with the same photos. */
export function runScenarios(settings: ScaleSettings, names?: readonly string[]): ScaleRun[] {
  const { secondsPerPhoto, startS, hours, photosPerDay, peakToMean, seed } = settings;
  const seconds = hours * hourS;
  const days = scenariosOf(settings).filter(({ name }) => names?.includes(name) ?? true);
  return days.flatMap(({ name, bursts, batches, outage }) => {
    const traffic = { seconds, perSecond: photosPerDay / (24 * hourS), peakToMean, bursts, batches };
    const singles = singleArrivals(traffic, createRandom(seed));
    const common = { singles, batches, seconds, secondsPerPhoto, startS, zones: 3, stalledS: 45, sampleS: 30 };
    return rulesOf(settings).map((rule) => ({
      ...{ scenario: name, rule: rule.name },
      ...simulate({ ...common, rule, workers: 0, ...(outage && { outage }) }),
    }));
  });
}
