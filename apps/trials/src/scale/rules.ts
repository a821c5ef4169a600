/** Two rules for how many workers there should be. */
import { createAutoscaler, type ScaledObject } from '../autoscale/keda-rule.ts';

export interface SeenBacklog {
  readonly atS: number;
  /** Photos without a result: those that wait, and those that workers have in hand. */
  readonly photos: number;
  /** How long the oldest of those that came one by one and wait has waited, s; 0 if none waits. */
  readonly oldestS: number;
  /** Photos that have come since the last look. */
  readonly arrived: number;
  /** Told to run, whether they are ready or not. */
  readonly workers: number;
}

export interface ScalingRule {
  readonly name: string;
  readonly everyS: number;
  /** How many there should be from now on. */
  decide(seen: SeenBacklog): number;
}

/** KEDA and the HorizontalPodAutoscaler, by photos per worker: what the chart sets up. */
export function byBacklog(scaled: ScaledObject): ScalingRule {
  const autoscaler = createAutoscaler(scaled);
  const { pollingIntervalS, syncPeriodS } = scaled;
  return {
    name: `${scaled.target} photos per worker`,
    everyS: greatestCommonDivisor(pollingIntervalS, syncPeriodS),
    decide({ atS, photos: metric, workers }) {
      let replicas = workers;
      if (atS % pollingIntervalS === 0) replicas = autoscaler.poll({ atS, metric, replicas });
      if (atS % syncPeriodS === 0) replicas = autoscaler.sync({ atS, metric, replicas });
      return replicas;
    },
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export interface DrainSettings {
  /** Of one worker. */
  readonly secondsPerPhoto: number;
  /** What waits should be done within. */
  readonly drainS: number;
  /** Until a new worker takes photos. */
  readonly startS: number;
  readonly max: number;
  /** Over which the rate of arrivals is averaged. */
  readonly windowS: number;
  readonly everyS: number;
}

/**
 * By predicted time: enough workers for what comes, and to have what waits done within a time. What waits longer than
 * that already is to be done twice as fast.
 */
export function byDrainTime(settings: DrainSettings): ScalingRule {
  const { secondsPerPhoto, drainS, startS, max, windowS, everyS } = settings;
  let perSecond: number | undefined;
  let lowest: readonly { readonly atS: number; readonly wanted: number }[] = [];
  return {
    name: `done within ${drainS} s`,
    everyS,
    decide({ atS, photos, oldestS, arrived }) {
      const weight = 1 - Math.exp(-everyS / windowS);
      perSecond = perSecond === undefined ? arrived / everyS : perSecond + weight * (arrived / everyS - perSecond);
      const pressure = oldestS > drainS ? 2 : 1;
      const needed = perSecond * secondsPerPhoto + (pressure * photos * secondsPerPhoto) / (drainS + startS);
      const wanted = photos === 0 && arrived === 0 && perSecond * windowS < 1 ? 0 : Math.min(max, Math.ceil(needed));
      // Not down for a moment: a worker that is started again costs its start.
      lowest = [...lowest, { atS, wanted }].filter((each) => atS - each.atS <= startS);
      return Math.max(...lowest.map((each) => each.wanted));
    },
  };
}
