import { describe, expect, it } from 'vitest';
import { hasVnni, quantizationFor, quantizeBias, quantizeWeights, transposeInt8, weightBits } from './parameters.ts';

describe('the quantization of an activation', () => {
  it.each([
    [
      { low: 0, high: 255 },
      { scale: 1, zeroPoint: 0 },
    ],
    [
      { low: -255, high: 0 },
      { scale: 1, zeroPoint: 255 },
    ],
    [
      { low: -100, high: 155 },
      { scale: 1, zeroPoint: 100 },
    ],
    // Zero is taken in, from either side.
    [
      { low: 51, high: 510 },
      { scale: 2, zeroPoint: 0 },
    ],
    [
      { low: -510, high: -51 },
      { scale: 2, zeroPoint: 255 },
    ],
    [
      { low: 0, high: 0 },
      { scale: 1, zeroPoint: 0 },
    ],
  ])('of %o is %o', (range, expected) => {
    expect(quantizationFor(range)).toEqual(expected);
  });

  it('has a scale that float32 holds', () => {
    const { scale } = quantizationFor({ low: 0, high: 1 });
    expect(scale).toBe(Math.fround(scale));
  });
});

describe('weights', () => {
  it.each([
    [8, 127],
    [7, 63],
  ] as const)('of %i bits reach ±%i in each channel', (bits, limit) => {
    const { data, scales } = quantizeWeights(Float32Array.of(-limit, 1, 0, 2 * limit, -2 * limit, 2), 2, bits);
    expect([...data]).toEqual([-limit, 1, 0, limit, -limit, 1]);
    expect([...scales]).toEqual([1, 2]);
  });

  it('of a channel of zeros still have a scale', () => {
    const { data, scales } = quantizeWeights(Float32Array.of(0, 0, 127, 0), 2, 8);
    expect([...data]).toEqual([0, 0, 127, 0]);
    expect([...scales]).toEqual([1, 1]);
  });

  it('are rounded more coarsely if their bias would not fit into 32 bits', () => {
    const weights = Float32Array.of(127e-12, 127);
    const bias = { values: Float32Array.of(2 ** 30, 2 ** 30), inputScale: 1 };
    const { data, scales } = quantizeWeights(weights, 2, 8, bias);
    expect([...scales]).toEqual([1, 1]);
    expect([...data]).toEqual([0, 127]);
    expect([...quantizeBias(bias.values, bias.inputScale, scales)]).toEqual([2 ** 30, 2 ** 30]);
  });
});

it('a bias is stored in units of its input and its weights', () => {
  expect([...quantizeBias(Float32Array.of(3, -3, 0.2), 0.5, Float32Array.of(1, 2, 1))]).toEqual([6, -3, 0]);
});

it('a matrix is turned', () => {
  expect([...transposeInt8(Int8Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});

function cpuinfo(flags: string): string {
  return `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse2 ${flags} avx2\nbugs\t\t: spectre_v1\n`;
}

it.each([
  ['avx512f avx512_vnni', true],
  ['avx_vnni', true],
  ['avx512f', false],
  ['avx512_vnni_of_another_kind', false],
])('a CPU with %s has VNNI: %s', (flags, expected) => {
  expect(hasVnni(cpuinfo(flags))).toBe(expected);
});

it('a CPU whose flags cannot be read has none', () => {
  expect(hasVnni('')).toBe(false);
});

it('weights have 7 bits with reduce-range on, and 8 with it off', async () => {
  expect(await weightBits('on')).toBe(7);
  expect(await weightBits('off')).toBe(8);
});
