/** A mask's pixels, from either form in which `masks.json` has them. */

/** COCO's compressed run-length encoding; `size` is `[height, width]`. */
export interface CocoRle {
  readonly size: readonly number[];
  readonly counts: string;
}

/** Polygons, each a flat list x, y, x, y … px; a pixel is inside by the even-odd rule. */
export type CocoPolygons = readonly (readonly number[])[];

export interface Bitmap {
  /** px */
  readonly width: number;
  readonly height: number;
  /** 1 inside, 0 outside; row by row, width * height of them. */
  readonly data: Uint8Array;
}

/** The service's own bound on photos is below. */
const maxPixels = 2 ** 28;

/**
 * Decodes COCO's compressed RLE, as pycocotools writes it (`rleFrString` in cocodataset/cocoapi, common/maskApi.c).
 * Throws RangeError for a string that is not the RLE of a mask of this size.
 */
export function decodeRle({ size: [height = 0, width = 0], counts }: CocoRle): Bitmap {
  const runs = runsOf(counts);
  // Before anything is made of them: a few letters can stand for billions of pixels.
  const pixels = runs.reduce((sum, run) => sum + run, 0);
  if (pixels !== width * height) throw new RangeError(`Not an RLE of ${width}x${height}: it has ${pixels} pixels.`);
  const data = newPixels(width, height);
  let position = 0;
  runs.forEach((run, index) => {
    const end = position + run;
    // Runs go down the columns, zeros and ones in turn.
    if (index % 2 === 1)
      for (let at = position; at < end; at++) data[(at % height) * width + Math.floor(at / height)] = 1;
    position = end;
  });
  return { width, height, data };
}

/**
 * Numbers at five bits per letter, lowest first: 0x20 says that another group follows, 0x10 in the last is the sign.
 * From the fourth on, each is the difference from the one two before it.
 */
function runsOf(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let group = 0x20;
    for (let shift = 0; (group & 0x20) !== 0; shift += 5) {
      group = text.charCodeAt(at++) - 48;
      // Past the end of the text the code is NaN.
      if (!(group >= 0 && group < 64) || shift > 30) throw new RangeError(`Not an RLE: character ${at} is wrong.`);
      value |= (group & 0x1f) << shift;
      if ((group & 0x30) === 0x10) value |= shift < 27 ? -1 << (shift + 5) : 0;
    }
    if (runs.length > 2) value += runs.at(-2) ?? 0;
    if (value < 0) throw new RangeError(`Not an RLE: run ${runs.length} has ${value} pixels.`);
    runs.push(value);
  }
  return runs;
}

/** Fills polygons by the even-odd rule at the pixels' centers: what the service's own trace is exact for. */
export function fillPolygons(polygons: CocoPolygons, width: number, height: number): Bitmap {
  const data = newPixels(width, height);
  // A pixel that an edge passes on its left turns everything from there on.
  for (const points of polygons) for (let i = 0; i < points.length; i += 2) turn(data, width, height, edge(points, i));
  for (let y = 0; y < height; y++) {
    let isInside = 0;
    for (let at = y * width; at < (y + 1) * width; at++) data[at] = isInside ^= data[at] ?? 0;
  }
  return { width, height, data };
}

type Edge = readonly [x1: number, y1: number, x2: number, y2: number];

function edge(points: readonly number[], i: number): Edge {
  const next = (i + 2) % points.length;
  const at = (index: number): number => points[index] ?? 0;
  return [at(i), at(i + 1), at(next), at(next + 1)];
}

function turn(data: Uint8Array, width: number, height: number, [x1, y1, x2, y2]: Edge): void {
  const first = Math.max(0, Math.ceil(Math.min(y1, y2) - 0.5));
  const end = Math.min(height, Math.ceil(Math.max(y1, y2) - 0.5));
  for (let y = first; y < end; y++) {
    const crossing = x1 + ((y + 0.5 - y1) / (y2 - y1)) * (x2 - x1);
    const x = Math.max(0, Math.ceil(crossing - 0.5));
    if (x < width) data[y * width + x] = (data[y * width + x] ?? 0) ^ 1;
  }
}

function newPixels(width: number, height: number): Uint8Array {
  if (width * height > maxPixels) throw new RangeError(`${width}x${height} are more pixels than a photo has.`);
  return new Uint8Array(width * height);
}
