import { describe, expect, it } from 'vitest';
import { addToHistogram, chooseRange, createHistogram, percentileRange } from './histogram.ts';

/** Evenly spread over [low, high]. */
function evenly(low: number, high: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => low + ((high - low) * (i + 0.5)) / length);
}

function histogramOf(low: number, high: number, ...parts: Float32Array[]) {
  const histogram = createHistogram({ low, high });
  for (const part of parts) addToHistogram(histogram, part);
  return histogram;
}

describe('a histogram', () => {
  it('counts both ends of its range', () => {
    const { counts } = histogramOf(-1, 3, Float32Array.of(-1, 3, 3), Float32Array.of(1));
    expect(counts[0]).toBe(1);
    expect(counts.at(-1)).toBe(2);
    expect(counts[counts.length / 2]).toBe(1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('of a tensor that never changes has one bin', () => {
    expect(histogramOf(2, 2, Float32Array.of(2, 2)).counts[0]).toBe(2);
  });
});

describe('the range of the percentiles', () => {
  it('leaves out less than one value in 10,000 at each end', () => {
    const { low, high } = percentileRange(histogramOf(-100, 100, evenly(-1, 1, 100_000), Float32Array.of(-100, 100)));
    expect(low).toBeCloseTo(-1, 1);
    expect(high).toBeCloseTo(1, 1);
  });

  it('keeps an end that more values reach', () => {
    const ends = new Float32Array(50).fill(100);
    expect(percentileRange(histogramOf(-1, 100, evenly(-1, 1, 100_000), ends)).high).toBe(100);
  });

  it('is the whole range of evenly spread values, but for their ends', () => {
    const { low, high } = percentileRange(histogramOf(0, 8, evenly(0, 8, 1_000_000)));
    expect(low).toBeLessThan(0.01);
    expect(high).toBeGreaterThan(7.99);
  });
});

describe('the chosen range', () => {
  it('is the whole range if nothing sticks out', () => {
    const { method, quantization } = chooseRange(histogramOf(0, 255, evenly(0, 255, 100_000)));
    expect(method).toBe('min-max');
    expect(quantization).toEqual({ scale: 1, zeroPoint: 0 });
  });

  it('is that of the percentiles if one value would make all others coarse', () => {
    const histogram = histogramOf(0, 30, evenly(0, 1, 2_000_000), Float32Array.of(30));
    const { method, quantization } = chooseRange(histogram);
    expect(method).toBe('percentile');
    expect(quantization.scale).toBeCloseTo(1 / 255, 4);
  });

  it('is the whole range if cutting it off costs more than it gains', () => {
    expect(chooseRange(histogramOf(0, 1000, evenly(0, 1, 100_000), Float32Array.of(1000))).method).toBe('min-max');
  });
});
