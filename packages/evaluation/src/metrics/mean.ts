/** Sums and means as NumPy rounds them: a mean that lies on a threshold has to fall on the same side of it. */

/** Mean of what is not NaN; NaN if nothing is left. */
export function meanOfNumbers(values: readonly number[]): number {
  const count = values.filter((value) => !Number.isNaN(value)).length;
  const sum = pairwiseSum(
    values.map((value) => (Number.isNaN(value) ? 0 : value)),
    0,
    values.length,
  );
  return sum / count;
}

/** Few are added one by one, up to 128 in eight columns, more in halves. */
function pairwiseSum(values: readonly number[], first: number, count: number): number {
  const at = (i: number): number => values[first + i] ?? 0;
  if (count > 128) {
    const half = count >> 1;
    const split = half - (half % 8);
    return pairwiseSum(values, first, split) + pairwiseSum(values, first + split, count - split);
  }
  let sum = 0;
  let i = 0;
  if (count >= 8) {
    const columns = Array.from({ length: 8 }, (_, column) => at(column));
    for (i = 8; i < count - (count % 8); i += 8) columns.forEach((value, k) => (columns[k] = value + at(i + k)));
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = columns;
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (; i < count; i++) sum += at(i);
  return sum;
}
