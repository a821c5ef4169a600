import { describe, expect, it } from 'vitest';
import { apply, invert, scaleOf, squareOnto } from './similarity.ts';

describe('a similarity', () => {
  const turned = squareOnto(100, { center: { x: 40, y: 70 }, side: 50, angle: Math.PI / 2 });

  it('maps a square onto another: middle to middle, rotated clockwise on screen', () => {
    expect(apply(turned, { x: 50, y: 50 })).toEqual({ x: 40, y: 70 });
    const right = apply(turned, { x: 100, y: 50 });
    expect(right.x).toBeCloseTo(40);
    expect(right.y).toBeCloseTo(95);
    expect(scaleOf(turned)).toBeCloseTo(0.5);
  });

  it('is undone by its inverse', () => {
    const back = apply(invert(turned), apply(turned, { x: 12, y: 34 }));
    expect(back.x).toBeCloseTo(12);
    expect(back.y).toBeCloseTo(34);
  });
});
