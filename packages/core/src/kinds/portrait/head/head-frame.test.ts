import { describe, expect, it } from 'vitest';
import type { Face } from '../detection/faces.ts';
import { apply } from '../sampling/similarity.ts';
import { createHeadFrame, squareToPhoto, tiltOf } from './head-frame.ts';

function faceAt(angle: number, eyes = 20): Face {
  const turn = (x: number, y: number) => ({
    x: 100 + x * Math.cos(angle) - y * Math.sin(angle),
    y: 200 + x * Math.sin(angle) + y * Math.cos(angle),
  });
  return {
    score: 1,
    center: { x: 100, y: 200 },
    width: 80,
    height: 84,
    rightEye: turn(-eyes, -20),
    leftEye: turn(eyes, -20),
    nose: turn(0, 0),
    mouth: turn(0, 20),
  };
}

describe('a head’s frame', () => {
  it.each([0, 0.5, -2, Math.PI / 2])('is upright for a face tilted by %f', (angle) => {
    expect(tiltOf(faceAt(angle))).toBeCloseTo(angle);
  });

  it('is upright for a profile too, where the eyes coincide', () => {
    expect(tiltOf(faceAt(0.3, 0))).toBeCloseTo(0.3);
  });

  it('measures in the face’s longer side, from its middle', () => {
    const frame = createHeadFrame(faceAt(0));
    expect(frame.faceWidth).toBe(84);
    expect(apply(frame.toPhoto, { x: 1, y: -0.5 })).toEqual({ x: 184, y: 158 });
    const toPhoto = squareToPhoto(frame, { center: { x: 0, y: 1 }, side: 2 }, 448);
    expect(apply(toPhoto, { x: 0, y: 0 })).toEqual({ x: 16, y: 200 });
    expect(apply(toPhoto, { x: 448, y: 448 })).toEqual({ x: 184, y: 368 });
  });
});
