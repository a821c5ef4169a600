/**
 * Photos as they are seen. Masks lie on the upright photo, but many readers (Pillow, Datumaro) show a picture as it is
 * stored, whatever its EXIF orientation says.
 */
import sharp, { type Sharp } from 'sharp';

/** A photo's own bytes: in a file, which is then copied without reading it where the file system can, or in memory. */
export type PhotoBytes = { readonly path: string } | { readonly bytes: Uint8Array };

/** Encoded anew, as close to the original as the format allows. */
const encoders: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
  jpeg: (photo) => photo.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
  png: (photo) => photo.png(),
  webp: (photo) => photo.webp({ lossless: true }),
  heif: (photo) => photo.avif({ quality: 90 }),
};

/** A photo that is stored upright, in its own format; the very bytes, unless it has to be turned. */
export async function upright(photo: PhotoBytes): Promise<PhotoBytes> {
  const source = sharp('path' in photo ? photo.path : photo.bytes);
  const { orientation = 1, format = '' } = await source.metadata();
  const encode = encoders[format];
  if (orientation === 1 || encode === undefined) return photo;
  return { bytes: await encode(source.autoOrient().keepIccProfile()).toBuffer() };
}
