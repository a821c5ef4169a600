import { describe, expect, it } from 'vitest';
import { colorsOf } from './painter.ts';
import { joinRegions } from './region-map.ts';
import { levelFor, paintOf, paintTile, rgba, tileBox, tileSidePx, tilesOver } from './tiles.ts';

const width = 1_300;
const height = 600;
const classes = Uint8Array.from({ length: width * height }, (_, at) => (at % width < 700 ? 3 : 0));
const map = joinRegions(classes, classes.map(Math.sign), width, height);
const red = rgba(255, 0, 0, 1);

describe('tiles', () => {
  it('are of the level whose pixels are the nearest to those of the screen', () => {
    expect([4, 1, 0.76, 0.74, 0.5, 0.25, 0.1].map(levelFor)).toEqual([0, 0, 0, 1, 1, 2, 3]);
  });

  it('cover a box of the photo, cut at its edges', () => {
    expect(tilesOver({ left: 500, top: 0, right: 530, bottom: 600 }, 0)).toEqual([
      { level: 0, column: 0, row: 0 },
      { level: 0, column: 1, row: 0 },
      { level: 0, column: 0, row: 1 },
      { level: 0, column: 1, row: 1 },
    ]);
    expect(tilesOver({ left: 0, top: 0, right: 1_300, bottom: 600 }, 2)).toHaveLength(1);
    expect(tileBox({ level: 0, column: 2, row: 1 }, map)).toEqual({ left: 1_024, top: 512, right: 1_300, bottom: 600 });
  });

  it.each([0, 1, 2])('show at level %i what the class map has there', (level) => {
    const { paint } = colorsOf('', map, new Set(), () => [255, 0, 0], false);
    for (const place of tilesOver({ left: 0, top: 0, right: width, bottom: height }, level)) {
      const { left, top, right, bottom } = tileBox(place, map);
      const step = 2 ** level;
      const [across, down] = [Math.ceil((right - left) / step), Math.ceil((bottom - top) / step)];
      const pixels = new Uint32Array(across * down);
      paintTile(map, paint, place, pixels, across);
      for (let x = 0; x < across; x++) {
        const at = Math.min(width - 1, (place.column * tileSidePx + x) * step + step / 2);
        expect(pixels[(down - 1) * across + x]).toBe(at < 700 ? red : 0);
      }
    }
  });

  it('outline what is highlighted, across the tiles, and not along the edge of the photo', () => {
    const look = { inner: 7, outer: 9, isEach: false, rest: 5 };
    const paint = paintOf([map.regions[1]!], () => 1, look, map.regions.length);
    const pixels = new Uint32Array(tileSidePx * tileSidePx);
    paintTile(map, paint, { level: 0, column: 1, row: 0 }, pixels, tileSidePx);
    const edge = 700 - tileSidePx;
    expect([...pixels.subarray(edge - 3, edge + 3)]).toEqual([1, 1, 7, 9, 5, 5]);
    expect([pixels[0], pixels[tileSidePx]]).toEqual([1, 1]);
  });

  it('leave out what is hidden', () => {
    const { paint } = colorsOf('', map, new Set([1]), () => [255, 0, 0], true);
    const pixels = new Uint32Array(tileSidePx);
    paintTile(map, paint, { level: 0, column: 0, row: 0 }, pixels, tileSidePx);
    expect(new Set(pixels)).toEqual(new Set([0]));
  });
});
