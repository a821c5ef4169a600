import { describe, expect, it } from 'vitest';
import { slopeOf } from './slope.ts';

describe('slopeOf', () => {
  it('is exact for a line', () => {
    const samples = [0, 1, 2, 5].map((atH) => ({ atH, value: 3 + 2 * atH }));
    expect(slopeOf(samples)).toEqual({ perHour: 2, error: 0, samples: 4 });
  });

  it('gives the textbook’s slope and error where neighbors are not alike', () => {
    // Sums by hand: sxx = 10, sxy = 6, squares of the residuals 2.4; the residuals alternate.
    const values = [2, 4, 5, 4, 5];
    const slope = slopeOf(values.map((value, i) => ({ atH: i + 1, value })));
    expect(slope?.perHour).toBeCloseTo(0.6, 12);
    expect(slope?.error).toBeCloseTo(Math.sqrt(2.4 / 3 / 10), 12);
  });

  it('trusts samples less whose neighbors are alike', () => {
    const times = Array.from({ length: 100 }, (_, i) => i);
    const slowWave = times.map((atH) => ({ atH, value: Math.sin(atH / 8) }));
    const fastWave = times.map((atH) => ({ atH, value: Math.sin(atH * 2.5) }));
    expect(slopeOf(slowWave)?.error).toBeGreaterThan(5 * (slopeOf(fastWave)?.error ?? 0));
  });

  it('does not care when the samples were taken in absolute time', () => {
    const values = [2, 4, 5, 4, 5];
    const at = (from: number) => slopeOf(values.map((value, i) => ({ atH: from + i, value })))?.perHour;
    expect(at(500_000)).toBeCloseTo(at(0) ?? Number.NaN, 9);
  });

  it('needs three samples at different times', () => {
    expect(slopeOf([])).toBeUndefined();
    expect(slopeOf([0, 1].map((atH) => ({ atH, value: 1 })))).toBeUndefined();
    expect(slopeOf([1, 1, 1].map((atH) => ({ atH, value: atH })))).toBeUndefined();
  });
});
