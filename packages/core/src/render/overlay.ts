/** The photo under its label map. `!`: the canvas has as many pixels as the photo. */
import { sharp } from '../image/libvips.ts';
import type { RgbImage } from '../image/photo.ts';
import type { Palette } from './palettes.ts';

/** JPEG of the photo with half of each class's colour over it; background is left as it is. Changes `photo.data`. */
export async function encodeOverlay(photo: RgbImage, colormap: Uint8Array, palette: Palette): Promise<Uint8Array> {
  blendInPlace(photo.data, colormap, palette);
  const raw = { width: photo.width, height: photo.height, channels: 3 } as const;
  return sharp(photo.data, { raw }).jpeg({ quality: 90 }).toBuffer();
}

function blendInPlace(rgb: Uint8Array, colormap: Uint8Array, palette: Palette): void {
  const colors = Uint8Array.from(palette.flat());
  for (let pixel = 0; pixel < colormap.length; pixel++) {
    const classId = colormap[pixel]!;
    if (classId === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const i = pixel * 3 + channel;
      rgb[i] = (rgb[i]! + colors[classId * 3 + channel]! + 1) >> 1;
    }
  }
}
