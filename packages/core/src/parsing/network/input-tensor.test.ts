import { expect, test } from 'vitest';
import { InputTensor, interleavedPixels, planarPixels } from './input-tensor.ts';

const rule = { mean: [10, 20, 30], std: [2, 4, 5], padMultiple: 4 } as const;

test('pixels are normalized per channel, in planes, and padded with zeros to the right and below', () => {
  const input = new InputTensor(rule);
  input.clear({ width: 2, height: 3 });
  const data = Uint8Array.from({ length: 18 }, (_, i) => 10 * (i % 3) + 10 + i);
  input.draw(interleavedPixels({ data, width: 2, height: 3 }));
  expect(input.padded).toEqual({ width: 4, height: 4 });
  const { data: tensor, shape } = input.tensor;
  expect(shape).toEqual([1, 3, 4, 4]);
  expect([...tensor.subarray(0, 16)]).toEqual([0, 1.5, 0, 0, 3, 4.5, 0, 0, 6, 7.5, 0, 0, 0, 0, 0, 0]);
  expect([...tensor.subarray(16, 22)]).toEqual([0.25, 1, 0, 0, 1.75, 2.5]);
});

test('planar pixels give the same as interleaved ones', () => {
  const interleaved = new InputTensor(rule);
  interleaved.clear({ width: 2, height: 1 });
  interleaved.draw(interleavedPixels({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 }));
  const planar = new InputTensor(rule);
  planar.clear({ width: 2, height: 1 });
  planar.draw(planarPixels(Float32Array.of(1, 4, 2, 5, 3, 6), { width: 2, height: 1 }));
  expect(planar.tensor).toEqual(interleaved.tensor);
});

test('nothing is left of a larger previous photo, and a photo can be placed on gray', () => {
  const input = new InputTensor(rule);
  input.clear({ width: 8, height: 8 });
  input.fill({ x0: 0, y0: 0, x1: 8, y1: 8 }, 200);
  input.clear({ width: 3, height: 1 });
  input.fill({ x0: 0, y0: 0, x1: 3, y1: 1 }, 30);
  input.draw(interleavedPixels({ data: Uint8Array.of(10, 20, 30), width: 1, height: 1 }), 1, 0);
  const { data, shape } = input.tensor;
  expect(shape).toEqual([1, 3, 4, 4]);
  expect([...data.subarray(0, 5)]).toEqual([10, 0, 10, 0, 0]);
  expect([...data.subarray(32, 36)]).toEqual([0, 0, 0, 0]);
  expect(data.subarray(0, 16).filter((value) => value !== 0)).toHaveLength(2);
});
