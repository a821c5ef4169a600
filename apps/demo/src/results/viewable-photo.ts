import sharp from 'sharp';

const maxSidePx = 2_000;
const quality = 88;

/**
 * A photo as any browser shows it: upright, sRGB, JPEG, first frame, at most 2,000 px a side. Browsers do not show
 * CMYK or 16-bit photos alike, and a page of camera originals would be slow.
 */
export async function viewablePhoto(path: string): Promise<Uint8Array> {
  return sharp(path, { limitInputPixels: 100_000_000 })
    .autoOrient()
    .resize({ width: maxSidePx, height: maxSidePx, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();
}
