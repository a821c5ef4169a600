import { expect, it } from 'vitest';
import { needsOf } from './needs.ts';

const costs = {
  ...{ workerS: 1.5, apiMs: 0.5, dispatcherMs: 0.2, redisMs: 0.4, redisBytesIn: 4_000, redisBytesOut: 2_000 },
  ...{ s3Puts: 3, s3Gets: 2, photoBytes: 400_000, resultBytes: 100_000, waitingBytes: 1_000, endedBytes: 900 },
};
const prices = { workerHour: 0.1, s3Puts: 0.005, s3Gets: 0.0004, s3Storage: 0.023 };

it('what a day needs follows from what a photo costs', () => {
  const day = { photosPerDay: 864_000, peakToMean: 2, utilization: 0.75 };
  const needs = needsOf(day, costs, prices);
  // 10 a second on average, 20 at the peak.
  expect(needs).toMatchObject({ meanPerSecond: 10, peakPerSecond: 20, workers: 40, workerHours: 480 });
  expect(needs.redisCores).toBeCloseTo(20 * 0.000_4);
  expect(needs.s3RequestsPerSecond).toBe(100);
  expect(needs.s3MbitPerSecond).toBeCloseTo(80);
  expect(needs.redisWaitingHourGb).toBeCloseTo(0.072);
  expect(needs.dollarsPerDay.workers).toBeCloseTo(48);
  expect(needs.dollarsPerDay.s3Requests).toBeCloseTo(864 * (3 * 0.005 + 2 * 0.000_4));
  const more = needsOf({ ...day, photosPerDay: 86_400_000 }, costs, prices);
  expect(more.redisCores / needs.redisCores).toBeCloseTo(100);
  expect(more.dollarsPerDay.s3Requests / needs.dollarsPerDay.s3Requests).toBeCloseTo(100);
});
