/**
 * What there is at each pixel: the class map and the person map joined into one map of regions, made once per photo.
 * Pointing, painting, counting and cutting out all read this one.
 */

/** All pixels of one class of one person. */
export interface Region {
  /** Its number in the map's `ids`; 0 is the background, which is nobody's. */
  readonly id: number;
  /** 0 for what belongs to a person but to no part. */
  readonly classId: number;
  /** 0 = nobody's */
  readonly personId: number;
  /** How many there are. */
  readonly pixels: number;
  readonly box: Box;
}

/** Pixels: the right and bottom edges are not inside. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface RegionMap {
  /** px */
  readonly width: number;
  readonly height: number;
  /** Region id per pixel, row by row. */
  readonly ids: Uint8Array | Uint16Array;
  /** Indexed by region id. */
  readonly regions: readonly Region[];
}

/** Says which regions are meant; a field that is left out means any. */
export interface Selector {
  readonly classId?: number | undefined;
  readonly personId?: number | undefined;
}

interface Counted {
  readonly classId: number;
  readonly personId: number;
  pixels: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * @param classes class id per pixel, row by row, width * height of them
 * @param people person id per pixel, as many
 */
export function joinRegions(classes: Uint8Array, people: Uint8Array, width: number, height: number): RegionMap {
  const idOfPair = new Uint16Array(65_536);
  const counted: Counted[] = [newRegion(0, 0)];
  let ids: Uint8Array | Uint16Array = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    // By runs of equal pixels: a row has a few of them.
    for (let at = y * width; at < end;) {
      const classId = classes[at] ?? 0;
      const personId = people[at] ?? 0;
      const start = at;
      do at++;
      while (at < end && classes[at] === classId && people[at] === personId);
      const pair = classId * 256 + personId;
      let id = idOfPair[pair] ?? 0;
      if (id === 0 && pair !== 0) {
        id = idOfPair[pair] = counted.push(newRegion(classId, personId)) - 1;
        if (id === 256) ids = Uint16Array.from(ids);
      }
      if (id !== 0) ids.fill(id, start, at);
      const region = counted[id];
      if (region) count(region, start - y * width, at - y * width, y);
    }
  }
  return { width, height, ids, regions: counted.map(asRegion) };
}

/** The region at a pixel; undefined outside of the photo. */
export function regionAt({ width, height, ids, regions }: RegionMap, x: number, y: number): Region | undefined {
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return undefined;
  return regions[ids[Math.floor(y) * width + Math.floor(x)] ?? 0];
}

/** The background is never meant. */
export function select({ regions }: RegionMap, { classId, personId }: Selector): Region[] {
  return regions.filter(
    (region) =>
      region.id > 0 &&
      (classId === undefined || region.classId === classId) &&
      (personId === undefined || region.personId === personId),
  );
}

/** The smallest box around all of them; undefined without any. */
export function boxAround(regions: readonly Region[]): Box | undefined {
  const [first, ...more] = regions.map(({ box }) => box);
  return (
    first &&
    more.reduce(
      (all, box) => ({
        left: Math.min(all.left, box.left),
        top: Math.min(all.top, box.top),
        right: Math.max(all.right, box.right),
        bottom: Math.max(all.bottom, box.bottom),
      }),
      first,
    )
  );
}

export function countPixels(regions: readonly Region[]): number {
  return regions.reduce((sum, { pixels }) => sum + pixels, 0);
}

function newRegion(classId: number, personId: number): Counted {
  return { classId, personId, pixels: 0, left: Infinity, top: Infinity, right: 0, bottom: 0 };
}

function count(region: Counted, left: number, right: number, y: number): void {
  region.pixels += right - left;
  if (left < region.left) region.left = left;
  if (right > region.right) region.right = right;
  if (y < region.top) region.top = y;
  region.bottom = y + 1;
}

function asRegion({ classId, personId, pixels, ...box }: Counted, id: number): Region {
  return { id, classId, personId, pixels, box };
}
