/**
 * A rotation, a scale and a shift: (x, y) → (a x - b y + tx, b x + a y + ty). Coordinates are continuous: the center
 * of the pixel in column 0 is at 0.5.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Maps a square of `size` px onto one around `center` with this side, rotated by `angle` (clockwise on screen). */
export function squareOnto(size: number, square: { center: Point; side: number; angle: number }): Similarity {
  const { center, side, angle } = square;
  const a = (side / size) * Math.cos(angle);
  const b = (side / size) * Math.sin(angle);
  const half = size / 2;
  return { a, b, tx: center.x - a * half + b * half, ty: center.y - b * half - a * half };
}

/** For loops over pixels: `Math.hypot` is many times slower, to be exact for numbers that no photo has. */
export function lengthOf(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

export function apply({ a, b, tx, ty }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + tx, y: b * x + a * y + ty };
}

export function invert({ a, b, tx, ty }: Similarity): Similarity {
  const n = a * a + b * b;
  return { a: a / n, b: -b / n, tx: -(a * tx + b * ty) / n, ty: (b * tx - a * ty) / n };
}

/** How many units of the target one unit of the source is. */
export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}
