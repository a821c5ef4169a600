/** Span masks from bitmaps and label maps, and back. `!`: indices come from lengths just measured. */
import type { SpanMask } from './span-mask.ts';
import { SpanMaskBuilder } from './span-mask-builder.ts';

/** The part of the photo that a bitmap covers, px; it lies inside the photo. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A mask from a bitmap (one byte a pixel, not 0 = set, row by row) that covers `box` of the photo. */
export function spanMaskFromBitmap(bitmap: Uint8Array, box: Box, photoWidth: number, photoHeight: number): SpanMask {
  assertLength(bitmap, box);
  const builder = new SpanMaskBuilder(photoWidth, photoHeight);
  for (let row = 0; row < box.height; row++) {
    const rowEnd = (row + 1) * box.width;
    const toPhoto = box.x - row * box.width;
    for (let i = row * box.width; i < rowEnd;) {
      const start = i;
      const isSet = bitmap[i] !== 0;
      while (i < rowEnd && (bitmap[i] !== 0) === isSet) i++;
      if (isSet) builder.add(box.y + row, start + toPhoto, i + toPhoto);
    }
  }
  return builder.finish();
}

/** One mask a value that occurs in a label map (one byte a pixel) covering `box` of the photo; values ascend. */
export function spanMasksFromLabelMap(
  labelMap: Uint8Array,
  box: Box,
  photoWidth: number,
  photoHeight: number,
): Map<number, SpanMask> {
  assertLength(labelMap, box);
  const builders: (SpanMaskBuilder | undefined)[] = [];
  for (let row = 0; row < box.height; row++) {
    const rowEnd = (row + 1) * box.width;
    const toPhoto = box.x - row * box.width;
    for (let i = row * box.width; i < rowEnd;) {
      const start = i;
      const value = labelMap[i]!;
      while (i < rowEnd && labelMap[i] === value) i++;
      const builder = (builders[value] ??= new SpanMaskBuilder(photoWidth, photoHeight));
      builder.add(box.y + row, start + toPhoto, i + toPhoto);
    }
  }
  const masks = new Map<number, SpanMask>();
  builders.forEach((builder, value) => {
    if (builder !== undefined) masks.set(value, builder.finish());
  });
  return masks;
}

/** The mask as a bitmap of the whole photo: one byte a pixel, 1 = set. */
export function bitmapFromSpanMask(mask: SpanMask): Uint8Array {
  const bitmap = new Uint8Array(mask.width * mask.height);
  forEachRun(mask, (y, start, end) => bitmap.fill(1, y * mask.width + start, y * mask.width + end));
  return bitmap;
}

/** Calls `visit` for each run, from the top row down and from left to right; `end` is exclusive. */
export function forEachRun(mask: SpanMask, visit: (y: number, start: number, end: number) => void): void {
  for (let row = 0; row < mask.bbox[3]; row++) {
    for (let i = mask.rowStart[row]!; i < mask.rowStart[row + 1]!; i++) {
      visit(mask.bbox[1] + row, mask.runs[2 * i]!, mask.runs[2 * i + 1]!);
    }
  }
}

function assertLength(bitmap: Uint8Array, box: Box): void {
  if (bitmap.length === box.width * box.height) return;
  throw new RangeError(`${bitmap.length} pixels do not fill ${box.width}x${box.height}.`);
}
