/**
 * Which sides of a view the head goes on past.
 *
 * `!` only in the loops over pixels, inside bounds that the loops themselves set.
 */
import { likeliestAt } from './likeliest.ts';
import { background } from './part-rules.ts';
import type { ClassMap } from './segmenter.ts';

export interface TouchedSides {
  readonly left: boolean;
  readonly right: boolean;
  readonly top: boolean;
  readonly bottom: boolean;
}

/** Share of the view's side within which something touches its border, and along which it has to. */
const touching = { within: 0.05, along: 0.03 };

/** The sides that something of the head touches; the arguments of `isOwn` count in sides from the view's middle. */
export function touchedSides(map: ClassMap, isOwn: (u: number, v: number) => boolean): TouchedSides {
  const { data, size, classes } = map;
  const band = Math.ceil(touching.within * size);
  const enough = band * touching.along * size;
  const touches = (first: number, rows: number, step: number, columns: number): boolean => {
    let count = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const pixel = first + i * step + j;
        if (isBackground(data, pixel * classes, classes)) continue;
        if (!isOwn(((pixel % size) + 0.5) / size - 0.5, (Math.floor(pixel / size) + 0.5) / size - 0.5)) continue;
        if (++count > enough) return true;
      }
    }
    return false;
  };
  return {
    left: touches(0, size, size, band),
    right: touches(size - band, size, size, band),
    top: touches(0, band, size, size),
    bottom: touches((size - band) * size, band, size, size),
  };
}

/** More than half says it without a look at the others. */
function isBackground(data: Float32Array, start: number, classes: number): boolean {
  return data[start + background]! > 0.5 || likeliestAt(data, start, classes) === background;
}
