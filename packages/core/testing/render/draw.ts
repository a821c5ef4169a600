/** Small masks and canvases as text, for tests: `#` is a pixel that is set. */
import type { ParsedMask, Parsing } from '../../src/parsing/types.ts';
import { spanMaskFromBitmap } from '../../src/render/bitmap-masks.ts';
import type { SpanMask } from '../../src/render/span-mask.ts';

export function drawMask(...rows: readonly string[]): SpanMask {
  const [width, height] = [rows[0]?.length ?? 0, rows.length];
  const bitmap = Uint8Array.from(rows.join(''), (pixel) => (pixel === '#' ? 1 : 0));
  return spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height);
}

/** A canvas as rows of digits. */
export function showCanvas(canvas: Uint8Array, width: number): string[] {
  return (Array.from(canvas)
    .join('')
    .match(new RegExp(`.{${width}}`, 'g')) ?? []) as string[];
}

/** A parsing of these masks, which all lie on a photo of one size. */
export function parsingOf(masks: readonly ParsedMask[], people = 0): Parsing {
  const { width, height } = masks[0]?.mask ?? { width: 1, height: 1 };
  return { width, height, scale: 1, masks, people, timings: {} };
}
