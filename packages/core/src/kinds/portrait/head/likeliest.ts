/** The class with the highest value among `classes` from `start` on; the lower id among equals. */
export function likeliestAt(values: ArrayLike<number>, start: number, classes: number): number {
  let best = 0;
  let most = -Infinity;
  for (let c = 0; c < classes; c++) {
    // Inside the array, as the callers' grids are.
    const value = values[start + c]!;
    if (value > most) {
      best = c;
      most = value;
    }
  }
  return best;
}
