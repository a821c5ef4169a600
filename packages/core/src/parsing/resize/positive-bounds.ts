// `!` below: a pixel loop within the map's own size.

export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The box, all ends inclusive, around the values above 0 of a map; undefined where there is none. */
export function positiveBounds(map: Float32Array, width: number, height: number): Bounds | undefined {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && !(map[row + first]! > 0)) first++;
    if (first === width) continue;
    let last = width - 1;
    while (!(map[row + last]! > 0)) last--;
    if (top < 0) top = y;
    bottom = y;
    if (first < left) left = first;
    if (last > right) right = last;
  }
  return top < 0 ? undefined : { left, right, top, bottom };
}
