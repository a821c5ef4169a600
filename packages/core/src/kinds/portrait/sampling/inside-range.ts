/** Where a coordinate is along a row: at its first pixel, its step from pixel to pixel, and the end that it must not reach. */
export type Line = readonly [start: number, step: number, end: number];

/** The pixels x, of `width`, at which every `start + x * step` is at least 0 and below its end: `from` .. `to` - 1, or 0, 0 where none is. */
export function insideRange(width: number, ...lines: readonly Line[]): [from: number, to: number] {
  let from = 0;
  let to = width;
  for (const [start, step, end] of lines) {
    if (step === 0) {
      if (start < 0 || start >= end) return [0, 0];
      continue;
    }
    const [zero, last] = [-start / step, (end - start) / step];
    from = Math.max(from, Math.ceil(Math.min(zero, last)));
    to = Math.min(to, Math.floor(Math.max(zero, last)) + 1);
  }
  // Rounding may put the outermost pixels a hair outside.
  const inside = (x: number) => lines.every(([start, step, end]) => start + x * step >= 0 && start + x * step < end);
  while (from < to && !inside(from)) from++;
  while (from < to && !inside(to - 1)) to--;
  // As small integers, not the doubles that rounding gives: a loop that starts from a double counts in doubles.
  return from < to ? [from | 0, to | 0] : [0, 0];
}
