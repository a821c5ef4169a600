/// <reference lib="es2025.float16" />
import { expect, it } from 'vitest';
import { floatsFromHalves, halvesFromFloats } from './halves.ts';

const everyHalf = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

it('every half has the value that Node gives it', () => {
  expect(floatsFromHalves(everyHalf)).toEqual(new Float32Array(new Float16Array(everyHalf.buffer)));
});

it('floats round as Node rounds them: halves themselves, what lies halfway between two, and what is next to it', () => {
  const halves = floatsFromHalves(everyHalf).filter(Number.isFinite);
  const halfway = halves.map((value, i) => (value + (halves[i + 1] ?? value)) / 2);
  const beside = [1, -1].map((step) => {
    const bits = Int32Array.from(new Int32Array(halfway.buffer), (pattern) => pattern + step);
    return new Float32Array(bits.buffer);
  });
  const far = Float32Array.of(
    0,
    -0,
    1e-45,
    -1e-8,
    2 ** -25,
    65_519.996,
    65_520,
    -65_520,
    1e30,
    Infinity,
    -Infinity,
    NaN,
  );
  for (const floats of [halves, halfway, ...beside, far]) {
    const expected = new Uint16Array(new Float16Array(floats).buffer);
    expect(halvesFromFloats(floats)).toEqual(expected);
  }
});

it('a view of a larger buffer is converted alone', () => {
  expect([...halvesFromFloats(Float32Array.of(1, 2, 3, 4).subarray(1, 3))]).toEqual([0x4000, 0x4200]);
});
