/** Where a photo lies in the network's input: along each axis, the part that it takes up and the map between both. */
import type { ParseOptions } from '@m2fp/contract';
import { shortSideSize } from '../../image/resize.ts';
import type { Size } from '../../parsing/resize/resize-steps.ts';
import type { SemanticInput } from './manifest.ts';

export interface AxisPlacement {
  /** Sides, px. */
  readonly photo: number;
  readonly input: number;
  /** The positions of the input that the photo takes up are `start .. end - 1`. */
  readonly start: number;
  readonly end: number;
  /** SCHP's map: input = `affine.scale` * photo + `affine.offset`, from pixel center to pixel center. */
  readonly affine?: { readonly scale: number; readonly offset: number };
}

export interface Placement {
  readonly x: AxisPlacement;
  readonly y: AxisPlacement;
  /** resized / original; the lesser of both axes. */
  readonly scale: number;
}

/** `short_side` and `max_side` only matter to a network that takes any size. */
export function placePhoto(
  photo: Size,
  { size, fit }: Pick<SemanticInput, 'size' | 'fit'>,
  options: Pick<ParseOptions, 'short_side' | 'max_side'>,
): Placement {
  if (fit === 'affine' && 'width' in size) return placeByCenters(photo, size);
  const inner = innerSize(photo, size, fit, options);
  const input = 'width' in size ? size : multiples(inner, size.multipleOf);
  const x = placeAxis(photo.width, input.width, inner.width, fit);
  const y = placeAxis(photo.height, input.height, inner.height, fit);
  return { x, y, scale: Math.min(inner.width / photo.width, inner.height / photo.height) };
}

/** The photo's size in the input, px. */
function innerSize(
  photo: Size,
  size: SemanticInput['size'],
  fit: SemanticInput['fit'],
  { short_side, max_side }: Pick<ParseOptions, 'short_side' | 'max_side'>,
): Size {
  if (!('width' in size)) {
    const target = shortSideSize(photo, short_side, max_side);
    if (fit !== 'stretch') return { width: target.width, height: target.height };
    const nearest = (side: number) => Math.max(1, Math.round(side / size.multipleOf)) * size.multipleOf;
    return { width: nearest(target.width), height: nearest(target.height) };
  }
  if (fit === 'stretch') return size;
  const scale = Math.min(size.width / photo.width, size.height / photo.height);
  const side = (length: number, most: number) => Math.min(Math.max(1, Math.round(length * scale)), most);
  return { width: side(photo.width, size.width), height: side(photo.height, size.height) };
}

function multiples({ width, height }: Size, n: number): Size {
  return { width: Math.ceil(width / n) * n, height: Math.ceil(height / n) * n };
}

function placeAxis(photo: number, input: number, inner: number, fit: SemanticInput['fit']): AxisPlacement {
  const start = fit === 'letterbox' ? Math.floor((input - inner) / 2) : 0;
  return { photo, input, start, end: start + inner };
}

/**
 * The photo's center goes to the input's, and the centers of the outermost pixels of the longer side (in proportion to
 * the input's) to those of the input: the factor is (S - 1) / (side - 1). A photo of one pixel stays as it is.
 */
function placeByCenters(photo: Size, input: Size): Placement {
  const factor = (length: number, side: number) => (length > 1 ? (side - 1) / (length - 1) : Infinity);
  const scale = Math.min(factor(photo.width, input.width), factor(photo.height, input.height));
  const finite = Number.isFinite(scale) ? scale : 1;
  const axis = (length: number, side: number): AxisPlacement => ({
    ...{ photo: length, input: side, start: 0, end: side },
    affine: { scale: finite, offset: (side - 1) / 2 - (finite * (length - 1)) / 2 },
  });
  return { x: axis(photo.width, input.width), y: axis(photo.height, input.height), scale: finite };
}
