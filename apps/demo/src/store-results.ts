import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName, type M2fpClient, type SucceededJob } from '@m2fp/client';
import { viewableName, writeWhole } from '@m2fp/terminal';
import sharp from 'sharp';

/** By class id, `[r, g, b]`: the colors of one photo's colormap. */
export type Palette = readonly (readonly [number, number, number])[];

/** Downloads a job's files into the photo's folder and adds the photo. Returns the colormap's palette. */
export async function storeResults(
  folder: string,
  photoPath: string,
  job: SucceededJob,
  { client, signal }: { client: M2fpClient; signal: AbortSignal },
): Promise<Palette> {
  await mkdir(folder, { recursive: true });
  let palette: Palette = [];
  for (const file of job.result.files) {
    const blob = await client.jobs.readFile(job.id, file.output, { signal });
    const bytes = await blob.bytes();
    if (file.output === 'colormap') palette = readPalette(bytes);
    await writeWhole(join(folder, fileName(file)), bytes);
  }
  await writeWhole(join(folder, viewableName), await viewablePhoto(photoPath));
  return palette;
}

const signatureBytes = 8;

/**
 * The palette of an indexed PNG: `[r, g, b]` by pixel value. Throws if there is no PLTE chunk. Source: PNG
 * specification, sections 5.3 and 11.2.2.
 */
function readPalette(png: Uint8Array): Palette {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  // A chunk: length of its data (4 bytes), type (4), data, checksum (4).
  for (let at = signatureBytes; at + 12 <= png.byteLength; at += view.getUint32(at) + 12) {
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) !== 'PLTE') continue;
    const length = view.getUint32(at);
    return Array.from({ length: length / 3 }, (_, entry) => {
      const from = at + 8 + entry * 3;
      return [view.getUint8(from), view.getUint8(from + 1), view.getUint8(from + 2)] as const;
    });
  }
  throw new Error('The PNG has no palette.');
}

const maxSidePx = 2_000;
const quality = 88;

/**
 * A photo as every browser shows it: upright, sRGB, JPEG, first frame, at most 2,000 px per side. Browsers differ on
 * CMYK and 16-bit photos, and a page of full-size originals would be slow.
 */
function viewablePhoto(path: string): Promise<Uint8Array> {
  return sharp(path, { limitInputPixels: 100_000_000 })
    .autoOrient()
    .resize({ width: maxSidePx, height: maxSidePx, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();
}
