/**
 * Layers over the photo, as square tiles that are painted when they are first seen and then kept. A tile belongs to a
 * layer (colors, or one highlight) at a level: at level n, one of its pixels stands for 2^n x 2^n of the photo. So what
 * a screen shows is a few tiles however large the photo is, and moving the pointer or the photo paints next to nothing.
 */
import type { Box, Region, RegionMap } from './region-map.ts';

export const tileSidePx = 512;

/** A tile is 1 MB; what a screen shows of the three layers is at most about 80. */
const maxTiles = 96;

/**
 * What is painted where. Colors are alpha, blue, green, red from the highest byte on, as a canvas holds them on every
 * machine that runs a browser.
 */
export interface LayerPaint {
  /** By region id. */
  readonly fill: Uint32Array;
  /** Drawn along the inner edge of regions that are `inside`; 0 draws none. */
  readonly innerEdge: number;
  /** Drawn around them. */
  readonly outerEdge: number;
  /** By region id: 1 for those that have an edge together, or a number for each that has its own. 0 has none. */
  readonly inside: Uint16Array;
}

/** Tile (`column`, `row`) of a level covers the photo from `column * tileSidePx * 2 ** level` on. */
export interface TilePlace {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

export function rgba(r: number, g: number, b: number, alpha: number): number {
  return ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * The level whose pixels are the nearest to the screen's, from 0.75 to 1.5 of them along a side of one.
 * @param scale device px per pixel of the photo
 */
export function levelFor(scale: number): number {
  return Math.max(0, Math.floor(Math.log2(1.5 / scale)));
}

/** The tiles of a level that touch a box of the photo. */
export function tilesOver({ left, top, right, bottom }: Box, level: number): TilePlace[] {
  const side = tileSidePx * 2 ** level;
  const places: TilePlace[] = [];
  for (let row = Math.floor(top / side); row * side < bottom; row++)
    for (let column = Math.floor(left / side); column * side < right; column++) places.push({ level, column, row });
  return places;
}

/** The photo's pixels under a tile, cut at the photo's edges. */
export function tileBox({ level, column, row }: TilePlace, photo: { width: number; height: number }): Box {
  const side = tileSidePx * 2 ** level;
  return {
    left: column * side,
    top: row * side,
    right: Math.min(photo.width, (column + 1) * side),
    bottom: Math.min(photo.height, (row + 1) * side),
  };
}

/**
 * Paints a tile's pixels, each from the middle of those that it stands for.
 * @param target width * height of them, row by row
 */
export function paintTile(
  map: RegionMap,
  paint: LayerPaint,
  place: TilePlace,
  target: Uint32Array,
  width: number,
): void {
  const step = 2 ** place.level;
  const height = target.length / width;
  const columns = sampled(place.column * tileSidePx, width, step, map.width);
  const rows = sampled(place.row * tileSidePx, height, step, map.height);
  const lines = [0, 1, 2].map(() => new Uint16Array(width + 2));
  const read = (row: number): Uint16Array => {
    const line = lines[row % 3]!;
    const start = rows[row]! * map.width;
    for (let x = 0; x < line.length; x++) line[x] = map.ids[start + columns[x]!]!;
    return line;
  };
  const hasEdges = paint.innerEdge !== 0 || paint.outerEdge !== 0;
  let [above, here] = [read(0), read(1)];
  for (let y = 0; y < height; y++) {
    const below = read(y + 2);
    const line = target.subarray(y * width, (y + 1) * width);
    for (let x = 0; x < width; x++) line[x] = paint.fill[here[x + 1]!]!;
    if (hasEdges) paintEdges(paint, above, here, below, line);
    [above, here] = [here, below];
  }
}

/** @param here the region ids of the line, and one more at either end; `above` and `below` those of its neighbors */
function paintEdges(
  { inside, innerEdge, outerEdge }: LayerPaint,
  above: Uint16Array,
  here: Uint16Array,
  below: Uint16Array,
  line: Uint32Array,
): void {
  for (let x = 1; x <= line.length; x++) {
    const id = here[x]!;
    // Within a region, which is nearly everywhere, there is nothing to look up.
    if (id === here[x - 1] && id === here[x + 1] && id === above[x] && id === below[x]) continue;
    const group = inside[id]!;
    const isEdge =
      group !== inside[here[x - 1]!] ||
      group !== inside[here[x + 1]!] ||
      group !== inside[above[x]!] ||
      group !== inside[below[x]!];
    const color = group > 0 ? innerEdge : outerEdge;
    if (isEdge && color !== 0) line[x - 1] = color;
  }
}

/** The photo's coordinate for each pixel of a tile along an axis, and for one more at either end. */
function sampled(start: number, count: number, step: number, length: number): Int32Array {
  return Int32Array.from({ length: count + 2 }, (_, i) =>
    Math.min(length - 1, Math.max(0, Math.floor((start + i - 1 + 0.5) * step))),
  );
}

/** Keeps painted tiles; the ones that were not seen for the longest time are forgotten first. */
export class TileCache {
  readonly #map: RegionMap;
  readonly #tiles = new Map<string, OffscreenCanvas>();

  constructor(map: RegionMap) {
    this.#map = map;
  }

  /** @param layer names what `paint` paints: another look needs another name */
  tile(layer: string, paint: LayerPaint, place: TilePlace): OffscreenCanvas {
    const key = `${layer} ${place.level} ${place.column} ${place.row}`;
    const tile = this.#tiles.get(key) ?? this.#paint(paint, place);
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    if (this.#tiles.size > maxTiles) this.#tiles.delete(this.#tiles.keys().next().value ?? '');
    return tile;
  }

  clear(): void {
    this.#tiles.clear();
  }

  #paint(paint: LayerPaint, place: TilePlace): OffscreenCanvas {
    const { left, top, right, bottom } = tileBox(place, this.#map);
    const step = 2 ** place.level;
    const [width, height] = [Math.ceil((right - left) / step), Math.ceil((bottom - top) / step)];
    const tile = new OffscreenCanvas(width, height);
    const pixels = new ImageData(width, height);
    paintTile(this.#map, paint, place, new Uint32Array(pixels.data.buffer), width);
    tile.getContext('2d')?.putImageData(pixels, 0, 0);
    return tile;
  }
}

/** A paint that shows some regions and nothing else. */
export function paintOf(
  regions: readonly Region[],
  colorOf: (region: Region) => number,
  edges: { inner: number; outer: number; isEach: boolean; rest?: number },
  count: number,
): LayerPaint {
  const fill = new Uint32Array(count).fill(edges.rest ?? 0);
  const inside = new Uint16Array(count);
  for (const region of regions) {
    fill[region.id] = colorOf(region);
    inside[region.id] = edges.isEach ? region.id : 1;
  }
  return { fill, inside, innerEdge: edges.inner, outerEdge: edges.outer };
}
