/** Masks and canvases as text and bitmaps, for tests. In drawings `#` is a pixel that is set. */
import type { ParsedMask, Parsing } from '../../src/parsing/types.ts';
import { spanMaskFromBitmap, type SpanMask } from '../../src/render/span-mask.ts';

/** A mask drawn as text, on a photo of the drawing's size. */
export function drawMask(...rows: readonly string[]): SpanMask {
  const [width, height] = [rows[0]?.length ?? 0, rows.length];
  const bitmap = Uint8Array.from(rows.join(''), (pixel) => (pixel === '#' ? 1 : 0));
  return maskFromBitmap(bitmap, width, height);
}

/** A mask on a photo of the same size as the bitmap: one byte per pixel, 0 = not set. */
export function maskFromBitmap(bitmap: Uint8Array, width: number, height: number): SpanMask {
  return spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height);
}

/** A canvas as rows of digits. */
export function showCanvas(canvas: Uint8Array, width: number): string[] {
  return (Array.from(canvas)
    .join('')
    .match(new RegExp(`.{${width}}`, 'g')) ?? []) as string[];
}

/** A parsing of these masks, which all lie on photos of the same size. */
export function parsingOf(masks: readonly ParsedMask[], people = 0): Parsing {
  const { width, height } = masks[0]?.mask ?? { width: 1, height: 1 };
  return { width, height, scale: 1, masks, people, timings: {} };
}
