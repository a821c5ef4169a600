/**
 * What so many photos a day need of each part, from what one photo costs it. Rates are at the peak: machines have to be
 * there then, requests and bytes are of the whole day.
 */

/** What one photo costs. CPU in ms of one core. */
export interface PhotoCosts {
  readonly workerS: number;
  readonly apiMs: number;
  readonly dispatcherMs: number;
  readonly redisMs: number;
  readonly redisBytesIn: number;
  readonly redisBytesOut: number;
  readonly s3Puts: number;
  readonly s3Gets: number;
  readonly photoBytes: number;
  readonly resultBytes: number;
  /** Of Redis, while it waits and once it has ended. */
  readonly waitingBytes: number;
  readonly endedBytes: number;
}

/** Public list prices, in dollars. */
export interface Prices {
  readonly workerHour: number;
  /** Per 1,000. */
  readonly s3Puts: number;
  readonly s3Gets: number;
  /** Per GB and month. */
  readonly s3Storage: number;
}

export interface DayNeeds {
  readonly photosPerDay: number;
  readonly meanPerSecond: number;
  readonly peakPerSecond: number;
  /** At the peak, each as busy as `utilization`. */
  readonly workers: number;
  readonly workerHours: number;
  readonly apiCores: number;
  readonly dispatcherCores: number;
  readonly redisCores: number;
  readonly redisMbitPerSecond: number;
  readonly s3RequestsPerSecond: number;
  readonly s3MbitPerSecond: number;
  readonly s3TerabytesPerDay: number;
  /** Of an hour of the peak that waits, because nobody parses it. */
  readonly redisWaitingHourGb: number;
  readonly dollarsPerDay: {
    readonly workers: number;
    readonly s3Requests: number;
    readonly s3StoragePerDayKept: number;
  };
}

export interface Day {
  readonly photosPerDay: number;
  readonly peakToMean: number;
  /** Of workers, at the peak. */
  readonly utilization: number;
}

const daySeconds = 86_400;
const daysPerMonth = 30;

export function needsOf(day: Day, costs: PhotoCosts, prices: Prices): DayNeeds {
  const { photosPerDay, peakToMean, utilization } = day;
  const meanPerSecond = photosPerDay / daySeconds;
  const peak = meanPerSecond * peakToMean;
  const coresOf = (ms: number): number => (peak * ms) / 1_000;
  const mbit = (bytes: number): number => (peak * bytes * 8) / 1e6;
  const stored = costs.photoBytes + costs.resultBytes;
  const workerHours = (photosPerDay * costs.workerS) / 3_600 / utilization;
  return {
    ...{ photosPerDay, meanPerSecond, peakPerSecond: peak, workerHours },
    workers: Math.ceil((peak * costs.workerS) / utilization),
    apiCores: coresOf(costs.apiMs),
    dispatcherCores: coresOf(costs.dispatcherMs),
    redisCores: coresOf(costs.redisMs),
    redisMbitPerSecond: mbit(costs.redisBytesIn + costs.redisBytesOut),
    s3RequestsPerSecond: peak * (costs.s3Puts + costs.s3Gets),
    s3MbitPerSecond: mbit(stored),
    s3TerabytesPerDay: (photosPerDay * stored) / 1e12,
    redisWaitingHourGb: (peak * 3_600 * costs.waitingBytes) / 1e9,
    dollarsPerDay: {
      workers: workerHours * prices.workerHour,
      s3Requests: (photosPerDay * (costs.s3Puts * prices.s3Puts + costs.s3Gets * prices.s3Gets)) / 1_000,
      s3StoragePerDayKept: ((photosPerDay * stored) / 1e9 / daysPerMonth) * prices.s3Storage,
    },
  };
}
