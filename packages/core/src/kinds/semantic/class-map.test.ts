import { expect, test } from 'vitest';
import { strangeClass } from './class-map.ts';

test.each([
  ['only classes that there are', [0, 1, 2, 1], undefined],
  ['pixels of no class', [0, 255, 2, 255], undefined],
  ['a class that no label has', [0, 2, 7, 8], 7],
  ['a class below zero', [0, -1, 2, 0], -1],
])('a label map with %s', (_, data, strange) => {
  expect(strangeClass({ data: Float32Array.from(data), shape: [1, 2, 2] }, new Set([0, 1, 2]))).toBe(strange);
});
