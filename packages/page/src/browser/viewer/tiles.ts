/**
 * Layers over the photo, as square tiles that are painted when they are first seen and then kept. A tile belongs to a
 * layer (colors, or one highlight) at a level: at level n, one of its pixels stands for 2^n x 2^n of the photo. So a
 * screenful is a few tiles however large the photo is, and moving the pointer or the photo paints next to nothing.
 */
import type { Box, Region, RegionMap } from './region-map.ts';

export const tileSidePx = 512;

/** A tile is 1 MB; a screenful of the three layers is at most about 80. */
const maxTiles = 96;

/** What is painted where. Colors are 0xAABBGGRR, as a canvas holds them on every machine that runs a browser. */
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
  const { ids } = map;
  const { fill, inside, innerEdge, outerEdge } = paint;
  const hasEdges = innerEdge !== 0 || outerEdge !== 0;
  const step = 2 ** place.level;
  const columns = sampled(place.column * tileSidePx, width, step, map.width);
  const rows = sampled(place.row * tileSidePx, target.length / width, step, map.height);
  const height = target.length / width;
  for (let y = 0, to = 0; y < height; y++) {
    const [above, here, below] = [y, y + 1, y + 2].map((at) => (rows[at] ?? 0) * map.width) as [number, number, number];
    for (let x = 0; x < width; x++, to++) {
      const column = columns[x + 1]!;
      const id = ids[here + column]!;
      target[to] = fill[id]!;
      if (!hasEdges) continue;
      const group = inside[id]!;
      const left = inside[ids[here + columns[x]!]!]!;
      const right = inside[ids[here + columns[x + 2]!]!]!;
      const up = inside[ids[above + column]!]!;
      const down = inside[ids[below + column]!]!;
      if (group === left && group === right && group === up && group === down) continue;
      const edge = group > 0 ? innerEdge : outerEdge;
      if (edge !== 0) target[to] = edge;
    }
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
