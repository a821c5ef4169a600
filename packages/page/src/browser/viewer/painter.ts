/**
 * Draws the stage on two canvases, so that each is redrawn only when what it shows has changed: below the photo under
 * the parts' colors, above it what is highlighted.
 */
import type { Rgb } from './colors.ts';
import { type DrawingContext, type PhotoLevels, type Rectangle } from './photo-levels.ts';
import { boxAround, type Box, type Region, type RegionMap } from './region-map.ts';
import { type LayerPaint, levelFor, paintOf, rgba, TileCache, tileBox, tilesOver } from './tiles.ts';
import { photoPoint, type Size, type View } from './view-transform.ts';

/** Canvases are no larger than this, however dense the screen is: 4 megapixels are redrawn within a frame. */
const maxCanvasPixels = 4e6;

/** From this many canvas px per pixel of the photo on, pixels are shown as squares. */
const squaresFrom = 3;

export interface Place {
  readonly view: View;
  readonly stage: Size;
  /** canvas px per CSS px */
  readonly density: number;
}

export interface Colors {
  /** Another name for another look. */
  readonly name: string;
  readonly paint: LayerPaint;
}

export interface Highlight {
  readonly regions: readonly Region[];
  /** Everything else is darkened, so that small parts are seen. */
  readonly isSpotlight: boolean;
}

const veil = rgba(10, 14, 22, 0.6);
const white = rgba(255, 255, 255, 1);
const black = rgba(10, 14, 22, 0.8);

/** canvas px per CSS px for a stage on this screen */
export function densityFor(stage: Size, devicePixelRatio: number): number {
  const pixels = Math.max(1, stage.width * stage.height);
  return Math.min(devicePixelRatio, Math.sqrt(maxCanvasPixels / pixels));
}

/** @param hasBorders draws lines between parts, for those who cannot go by their colors */
export function colorsOf(
  name: string,
  map: RegionMap,
  hidden: ReadonlySet<number>,
  colorOf: (classId: number) => Rgb,
  hasBorders: boolean,
): Colors {
  const shown = map.regions.filter(({ id, classId }) => classId > 0 && !hidden.has(id));
  const edge = hasBorders ? white : 0;
  const opaque = ({ classId }: Region): number => rgba(...colorOf(classId), 1);
  const paint = paintOf(shown, opaque, { inner: edge, outer: 0, isEach: true }, map.regions.length);
  return { name, paint };
}

export class Painter {
  readonly #photo: PhotoLevels;
  readonly #map: RegionMap;
  readonly #tiles: TileCache;

  constructor(photo: PhotoLevels, map: RegionMap) {
    this.#photo = photo;
    this.#map = map;
    this.#tiles = new TileCache(map);
  }

  /** @param divider where the colors begin, CSS px from the stage's left edge; undefined = everywhere */
  drawBase(context: DrawingContext, place: Place, colors: Colors, opacity: number, divider: number | undefined): void {
    const visible = prepare(context, place, this.#map);
    if (visible === undefined) return;
    const { view, density } = place;
    context.imageSmoothingEnabled = view.scale * density < squaresFrom;
    this.#photo.draw(context, visible.box, onCanvas(visible.box, place), view.scale * density);
    const from = divider === undefined ? visible.box.x : Math.max(visible.box.x, photoPoint(view, divider, 0).x);
    const right = visible.box.x + visible.box.width;
    if (from >= right || opacity === 0) return;
    context.save();
    clip(context, onCanvas({ ...visible.box, x: from, width: right - from }, place));
    context.globalAlpha = opacity;
    this.#drawTiles(context, place, colors, { ...visible.bounds, left: Math.floor(from) });
    context.restore();
  }

  drawTop(context: DrawingContext, place: Place, highlights: readonly Highlight[]): void {
    const visible = prepare(context, place, this.#map);
    if (visible === undefined) return;
    context.imageSmoothingEnabled = place.view.scale * place.density < squaresFrom;
    for (const { regions, isSpotlight } of highlights) {
      const box = boxAround(regions);
      if (box === undefined) continue;
      const name = `${isSpotlight ? 'spot' : 'point'} ${regions.map(({ id }) => id).join()}`;
      const inside = isSpotlight ? 0 : rgba(255, 255, 255, 0.25);
      const look = { inner: white, outer: black, isEach: false, rest: isSpotlight ? veil : 0 };
      const paint = paintOf(regions, () => inside, look, this.#map.regions.length);
      const near = intersection(wider(box, 2 * 2 ** levelFor(place.view.scale * place.density)), visible.bounds);
      context.save();
      clip(context, onCanvas(visible.box, place));
      if (isSpotlight) {
        context.fillStyle = 'rgb(10 14 22 / 0.6)';
        context.fillRect(0, 0, context.canvas.width, context.canvas.height);
      }
      if (near !== undefined) this.#drawTiles(context, place, { name, paint }, near, isSpotlight);
      context.restore();
    }
  }

  /** @param isReplacing what is on the canvas goes, where a tile comes */
  #drawTiles(context: DrawingContext, place: Place, { name, paint }: Colors, box: Box, isReplacing = false): void {
    const level = levelFor(place.view.scale * place.density);
    for (const at of tilesOver(box, level)) {
      const tile = this.#tiles.tile(name, paint, at);
      const { left, top } = tileBox(at, this.#map);
      const step = 2 ** level;
      const to = onCanvas({ x: left, y: top, width: tile.width * step, height: tile.height * step }, place);
      if (isReplacing) context.clearRect(to.x, to.y, to.width, to.height);
      context.drawImage(tile, to.x, to.y, to.width, to.height);
    }
  }
}

/** Clears the canvas; what of the photo is on it, px: undefined if nothing is. */
function prepare(context: DrawingContext, place: Place, photo: Size): { box: Rectangle; bounds: Box } | undefined {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const start = photoPoint(place.view, 0, 0);
  const end = photoPoint(place.view, place.stage.width, place.stage.height);
  const [left, top] = [Math.max(0, start.x), Math.max(0, start.y)];
  const [right, bottom] = [Math.min(photo.width, end.x), Math.min(photo.height, end.y)];
  if (!(right > left && bottom > top)) return undefined;
  const bounds = { left: Math.floor(left), top: Math.floor(top), right: Math.ceil(right), bottom: Math.ceil(bottom) };
  return { box: { x: left, y: top, width: right - left, height: bottom - top }, bounds };
}

/** A box of the photo in canvas px: whole ones, so that neighboring tiles leave no seam. */
function onCanvas({ x, y, width, height }: Rectangle, { view, density }: Place): Rectangle {
  const [left, right] = [x, x + width].map((at) => Math.round((view.left + at * view.scale) * density));
  const [top, bottom] = [y, y + height].map((at) => Math.round((view.top + at * view.scale) * density));
  return { x: left ?? 0, y: top ?? 0, width: (right ?? 0) - (left ?? 0), height: (bottom ?? 0) - (top ?? 0) };
}

function clip(context: DrawingContext, { x, y, width, height }: Rectangle): void {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

function wider({ left, top, right, bottom }: Box, by: number): Box {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

function intersection(a: Box, b: Box): Box | undefined {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const [right, bottom] = [Math.min(a.right, b.right), Math.min(a.bottom, b.bottom)];
  return right > left && bottom > top ? { left, top, right, bottom } : undefined;
}
