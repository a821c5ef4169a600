/**
 * The order in which NumPy sorts: `numpy.argsort` is not stable, so which of two detections with equal scores comes
 * first depends on its algorithm, and precision and recall depend on that. Published figures come from it, so ties are
 * broken here as there. The algorithm is the introsort of NumPy 1.x without AVX-512: median of three, the larger part
 * waits, parts of up to 16 are sorted by insertion.
 *
 * `!` only on indices between the ends of the part that is being sorted.
 */

/** Parts whose last index is at most this far from the first are sorted by insertion, which is stable. */
const insertionSpan = 15;

/** Indices of `values` by ascending value; NaN counts as the largest. */
export function numpyOrder(values: readonly number[]): number[] {
  const order = Array.from(values, (_, i) => i);
  const waiting = [{ first: 0, last: order.length - 1, depth: 2 * Math.floor(Math.log2(Math.max(1, order.length))) }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    let { first, last, depth } = part;
    // Too deep: values made to be slow to sort. NumPy takes a heap then; ties among such values are not followed.
    if (depth < 0) {
      sortStably(order, values, first, last);
      continue;
    }
    while (last - first > insertionSpan) {
      const middle = partition(order, values, first, last);
      depth -= 1;
      if (middle - first < last - middle) {
        waiting.push({ first: middle + 1, last, depth });
        last = middle - 1;
      } else {
        waiting.push({ first, last: middle - 1, depth });
        first = middle + 1;
      }
    }
    insert(order, values, first, last);
  }
  return order;
}

function isLess(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Splits at the median of first, middle and last; returns where the median is then. */
function partition(order: number[], values: readonly number[], first: number, last: number): number {
  const value = (at: number): number => values[order[at]!]!;
  const middle = first + ((last - first) >> 1);
  if (isLess(value(middle), value(first))) swap(order, middle, first);
  if (isLess(value(last), value(middle))) swap(order, last, middle);
  if (isLess(value(middle), value(first))) swap(order, middle, first);
  const median = value(middle);
  let low = first;
  let high = last - 1;
  swap(order, middle, high);
  for (;;) {
    do low += 1;
    while (isLess(value(low), median));
    do high -= 1;
    while (isLess(median, value(high)));
    if (low >= high) break;
    swap(order, low, high);
  }
  swap(order, low, last - 1);
  return low;
}

function insert(order: number[], values: readonly number[], first: number, last: number): void {
  for (let at = first + 1; at <= last; at++) {
    const index = order[at]!;
    let to = at;
    for (; to > first && isLess(values[index]!, values[order[to - 1]!]!); to--) order[to] = order[to - 1]!;
    order[to] = index;
  }
}

function sortStably(order: number[], values: readonly number[], first: number, last: number): void {
  const sorted = order
    .slice(first, last + 1)
    .sort((a, b) => Number(isLess(values[b]!, values[a]!)) - Number(isLess(values[a]!, values[b]!)));
  sorted.forEach((index, i) => (order[first + i] = index));
}

function swap(order: number[], a: number, b: number): void {
  [order[a], order[b]] = [order[b]!, order[a]!];
}
