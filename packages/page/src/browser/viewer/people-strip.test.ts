import { expect, test } from 'vitest';
import { squareIn } from './people-strip.ts';

const photo = { width: 1_000, height: 600 };

test('a crop is a square within the photo, at the upper end of the person', () => {
  const tall = squareIn({ left: 400, top: 50, right: 500, bottom: 590 }, photo);
  expect(tall.width).toBe(tall.height);
  expect(tall.x + tall.width / 2).toBe(450);
  expect(tall.y).toBeLessThan(50);
  for (const box of [
    { left: 0, top: 0, right: 1_000, bottom: 600 },
    { left: 990, top: 590, right: 1_000, bottom: 600 },
    { left: 0, top: 0, right: 1, bottom: 1 },
  ]) {
    const { x, y, width, height } = squareIn(box, photo);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(1_000);
    expect(y + height).toBeLessThanOrEqual(600);
    expect(width).toBe(height);
  }
});
