import { expect, it } from 'vitest';
import { createRandom, rateAt, singleArrivals, type Traffic } from './arrivals.ts';

const day: Traffic = {
  ...{ seconds: 86_400, perSecond: 1, peakToMean: 1.8, batches: [] },
  bursts: [{ atS: 36_000, seconds: 600, factor: 5 }],
};

it('the same seed gives the same photos, another seed others', () => {
  const times = (seed: number) => [...singleArrivals(day, createRandom(seed))];
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
});

it('as many photos come as the curve and its bursts say', () => {
  const between = (from: number, to: number): number => {
    let sum = 0;
    for (let atS = from; atS < to; atS++) sum += rateAt(atS + 0.5, day);
    return sum;
  };
  const times = singleArrivals(day, createRandom(5));
  for (const [from, to] of [
    [0, 86_400],
    [0, 14_400],
    [36_000, 36_600],
    [46_800, 54_000],
  ] as const) {
    const came = times.filter((atS) => atS >= from && atS < to).length;
    // Poisson: five standard deviations.
    expect(Math.abs(came - between(from, to))).toBeLessThan(5 * Math.sqrt(came));
  }
  expect(times).toEqual(times.toSorted());
});
