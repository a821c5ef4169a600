import { expect, it } from 'vitest';
import { shortSideSize } from './target-size.ts';

const sizes = [
  { photo: [1920, 1080], to: [960, 540], scale: 0.5 },
  { photo: [1080, 1920], to: [540, 960], scale: 0.5 },
  { photo: [500, 500], to: [540, 540], scale: 1.08 },
  // 540 / 333 * 500 = 810.81…
  { photo: [500, 333], to: [811, 540], scale: 540 / 333 },
  // 540 / 8 * 9 = 607.5 goes up.
  { photo: [9, 8], to: [608, 540], scale: 67.5 },
  // The long side would be 2,160, so it becomes 1,333 and the short one 333.25.
  { photo: [4000, 1000], to: [1333, 333], scale: 0.33325 },
  { photo: [1, 10_000], to: [1, 1333], scale: 0.1333 },
] as const;

it.each(sizes)('resizes $photo to $to', ({ photo: [width, height], to, scale }) => {
  const target = shortSideSize({ width, height }, 540, 1333);
  expect([target.width, target.height]).toEqual(to);
  expect(target.scale).toBeCloseTo(scale, 12);
});
