/** One whole number per pixel, row by row from the top: a class, a part, a person. */
export interface IdMap {
  readonly width: number;
  readonly height: number;
  readonly ids: Uint8Array | Uint16Array;
}

/** What pixels have in a map of classes that nobody looked at: they are not counted. */
export const ignoredClass = 255;

/** Two ids in one number; both are below 65,536. */
export function pairKey(a: number, b: number): number {
  return a * 65_536 + b;
}

/** The two ids of a `pairKey`. */
export function idsOfPair(key: number): [a: number, b: number] {
  return [Math.floor(key / 65_536), key % 65_536];
}

/** How many pixels have each pair of ids, by `pairKey`. Maps are flat areas: runs are counted, not pixels. */
export function countPairs(a: IdMap, b: IdMap): Map<number, number> {
  const counts = new Map<number, number>();
  const pixels = a.ids.length;
  for (let i = 0; i < pixels;) {
    const start = i;
    const [idA, idB] = [a.ids[i] ?? 0, b.ids[i] ?? 0];
    do i++;
    while (i < pixels && a.ids[i] === idA && b.ids[i] === idB);
    const key = pairKey(idA, idB);
    counts.set(key, (counts.get(key) ?? 0) + i - start);
  }
  return counts;
}

/** How many pixels have each id. */
export function countIds({ ids }: IdMap): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < ids.length;) {
    const start = i;
    const id = ids[i] ?? 0;
    do i++;
    while (i < ids.length && ids[i] === id);
    counts.set(id, (counts.get(id) ?? 0) + i - start);
  }
  return counts;
}
