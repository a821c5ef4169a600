import { join } from 'node:path';
import { fileName, type M2fpClient, type SucceededJob } from '@m2fp/client';
import { type Palette, pngChunks, pngPalette } from '@m2fp/core/render';
import { makeFolder, viewableName, writeWhole } from '@m2fp/terminal';
import sharp from 'sharp';

/** Downloads a job's files into the photo's folder and adds the photo. Returns the colormap's palette. */
export async function storeResults(
  folder: string,
  photoPath: string,
  job: SucceededJob,
  { client, signal }: { client: M2fpClient; signal: AbortSignal },
): Promise<Palette> {
  await makeFolder(folder);
  let palette: Palette = [];
  for (const file of job.result.files) {
    const blob = await client.jobs.files.read(job.id, file.output, { signal });
    const bytes = await blob.bytes();
    if (file.output === 'colormap') palette = pngPalette(pngChunks(bytes) ?? []);
    await writeWhole(join(folder, fileName(file)), bytes);
  }
  await writeWhole(join(folder, viewableName), await viewablePhoto(photoPath));
  return palette;
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
