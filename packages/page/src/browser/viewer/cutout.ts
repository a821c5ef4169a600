/** A part of the photo alone, with everything else transparent. */
import { boxAround, type Box, type Region, type RegionMap } from './region-map.ts';

/**
 * Makes every pixel of a box transparent that is not of the chosen regions.
 * @param pixels RGBA of the box, row by row; changed in place
 */
export function keepRegions(pixels: Uint8ClampedArray, { ids, width }: RegionMap, box: Box, chosen: Set<number>): void {
  let alpha = 3;
  for (let y = box.top; y < box.bottom; y++)
    for (let at = y * width + box.left; at < y * width + box.right; at++, alpha += 4)
      if (!chosen.has(ids[at] ?? 0)) pixels[alpha] = 0;
}

/**
 * The regions as a PNG, as large as the box around them, at the photo's own resolution.
 * Throws RangeError if there are none, and a DOMException for a photo that the browser cannot show.
 */
export async function createCutout(photo: Blob, map: RegionMap, regions: readonly Region[]): Promise<Blob> {
  const box = boxAround(regions);
  if (box === undefined) throw new RangeError('there is nothing to cut out');
  // Decoded anew: the viewer keeps large photos at half their size only.
  const picture = await createImageBitmap(photo);
  try {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new RangeError('the browser draws no pictures');
    context.drawImage(picture, -box.left, -box.top, map.width, map.height);
    const pixels = context.getImageData(0, 0, width, height);
    keepRegions(pixels.data, map, box, new Set(regions.map(({ id }) => id)));
    context.putImageData(pixels, 0, 0);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    picture.close();
  }
}

/** Whether the browser allows pictures on the clipboard; on pages without HTTPS it does not. */
export function canCopyPictures(): boolean {
  return 'ClipboardItem' in globalThis && 'clipboard' in navigator;
}

/** To be called while a click is handled: browsers want to see that the visitor asked for it. */
export function copyPicture(picture: Promise<Blob>): Promise<void> {
  return navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
}
