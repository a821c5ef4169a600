import { describe, expect, it } from 'vitest';
import { createRandom, singleArrivals } from './arrivals.ts';
import type { ScalingRule } from './rules.ts';
import { simulate, type SimulationSettings } from './simulate.ts';

const fixed = (workers: number): ScalingRule => ({ name: 'fixed', everyS: 60, decide: () => workers });
const flat = (perSecond: number, seconds: number) => ({ perSecond, seconds, peakToMean: 1, bursts: [], batches: [] });

function settingsOf(changes: Partial<SimulationSettings> & { readonly workers: number }): SimulationSettings {
  return {
    ...{ singles: new Float64Array(), batches: [], seconds: 3_600, secondsPerPhoto: 1, startS: 20, zones: 3 },
    ...{ stalledS: 45, sampleS: 60, rule: fixed(changes.workers) },
    ...changes,
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('waiting in line', () => {
  it('does not happen if photos come no faster than one worker parses them', () => {
    const singles = Float64Array.from({ length: 100 }, (_, place) => 1 + place);
    const { done, waitsS } = simulate(settingsOf({ singles, workers: 1 }));
    expect(done).toBe(100);
    expect(Math.max(...waitsS)).toBeLessThan(1e-9);
  });

  it.each([
    // Pollaczek and Khinchine: ρ / (2 (1 - ρ)) services, for one worker.
    { workers: 1, load: 0.3, expected: 0.3 / (2 * 0.7) },
    { workers: 1, load: 0.5, expected: 0.5 },
    { workers: 1, load: 0.8, expected: 2 },
    // Cosmetatos (1975), which is within 2 % of the exact values for M/D/c.
    { workers: 2, load: 0.5, expected: cosmetatos(2, 0.5) },
    { workers: 4, load: 0.6, expected: cosmetatos(4, 0.6) },
  ])('is as long as queueing theory says: $workers workers, load $load', ({ workers, load, expected }) => {
    const seconds = 100_000 / (workers * load);
    const singles = singleArrivals(flat(workers * load, seconds), createRandom(7));
    const { waitsS } = simulate(settingsOf({ singles, seconds, workers, sampleS: seconds }));
    expect(Math.abs(mean(waitsS) / expected - 1)).toBeLessThan(0.04);
  });
});

/** Mean wait in M/D/c, in services, from Erlang's C formula. */
function cosmetatos(workers: number, load: number): number {
  const offered = workers * load;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < workers; k++) sum += term *= offered / k;
  const last = (term * offered) / workers / (1 - load);
  const exponential = last / (sum + last) / (workers * (1 - load));
  const correction = ((1 - load) * (workers - 1) * (Math.sqrt(4 + 5 * workers) - 2)) / (16 * load * workers);
  return (exponential / 2) * (1 + correction);
}

describe('no photo is lost', () => {
  it('when a zone goes away, workers come and go, and a batch fills the queue', () => {
    const random = createRandom(3);
    const singles = singleArrivals(flat(5, 3_600), random);
    let next = 10;
    const restless: ScalingRule = { name: 'restless', everyS: 5, decide: () => (next = Math.floor(random() * 20)) };
    const settings = settingsOf({
      ...{ singles, workers: 10, rule: restless, secondsPerPhoto: 1.5 },
      batches: [{ atS: 600, photos: 2_000 }],
      outage: { atS: 1_200, zone: 1 },
    });
    const { arrived, done, unfinished, workerS, busyS } = simulate(settings);
    expect(next).toBeGreaterThanOrEqual(0);
    expect(arrived).toBe(singles.length + 2_000);
    expect(done + unfinished).toBe(arrived);
    expect(busyS).toBeCloseTo(done * 1.5, 6);
    expect(workerS).toBeGreaterThan(busyS);
  });

  it('and a lost worker’s photo is parsed once its lock has expired', () => {
    const outage = { atS: 1.5, zone: 0 };
    const singles = Float64Array.of(1);
    const lost = simulate(settingsOf({ singles, workers: 1, seconds: 40, outage }));
    expect(lost).toMatchObject({ arrived: 1, done: 0, unfinished: 1 });
    const found = simulate(settingsOf({ singles, workers: 1, seconds: 90, outage }));
    expect(found).toMatchObject({ arrived: 1, done: 1, unfinished: 0 });
  });
});

it('workers are started and ended as the rule says, and paid from their start', () => {
  const steps: ScalingRule = { name: 'steps', everyS: 600, decide: ({ atS }) => [1, 3, 5, 2, 0, 0][atS / 600] ?? 0 };
  const { samples, workerS } = simulate(settingsOf({ workers: 0, rule: steps, seconds: 3_500, sampleS: 300 }));
  expect(samples.filter((_, place) => place % 2 === 1).map(({ workers }) => workers)).toEqual([1, 3, 5, 2, 0, 0]);
  expect(workerS).toBe(600 * (1 + 3 + 5 + 2));
});

it('photos that come one by one hardly wait behind a huge batch', () => {
  const singles = singleArrivals(flat(2, 3_600), createRandom(1));
  const batches = [{ atS: 600, photos: 20_000 }];
  const { waitsS, batchS } = simulate(settingsOf({ singles, batches, workers: 10, seconds: 7_200 }));
  expect(Math.max(...waitsS)).toBeLessThan(10);
  // What is left of ten workers parses the batch.
  expect(batchS[0]).toBeGreaterThan(20_000 / 10);
  expect(batchS[0]).toBeLessThan(20_000 / 7);
});
