import type { Metadata, Sharp } from 'sharp';
import { AppError, detectFormat, photoLimits } from '@m2fp/contract';
import { sharp } from './libvips.ts';
import type { Photo, RgbImage } from './photo.ts';
import { resizeRgb } from './resize.ts';

/** Limits on a photo, checked before any of it is decoded. */
export interface PhotoLimits {
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
  readonly maxSidePx: number;
  /** Decoding that takes longer fails with `timeout`. Whole seconds, 30 by default. */
  readonly decodeTimeoutS?: number;
}

export const defaultPhotoLimits: PhotoLimits = photoLimits;

/**
 * Reads and checks a photo's header. The photo keeps `bytes` and decodes them on each call to `rgb` or `resized`.
 * Throws `image_unreadable`, `unsupported_format` or `image_too_large`.
 */
export async function openPhoto(bytes: Uint8Array, limits: PhotoLimits = defaultPhotoLimits): Promise<Photo> {
  if (bytes.byteLength === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
  if (bytes.byteLength > limits.maxBytes) {
    throw tooLarge(`it has ${bytes.byteLength} bytes, at most ${limits.maxBytes} are allowed`);
  }
  const format = detectFormat(bytes);
  const header = await readHeader(bytes);
  const { width, height } = header.autoOrient;
  assertDimensions(width, height, limits);

  async function rgb(): Promise<RgbImage> {
    const pipeline = toSrgb(pixels(bytes), header).timeout({ seconds: limits.decodeTimeoutS ?? 30 });
    const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true }).catch(asAppError);
    return { data, width: info.width, height: info.height };
  }

  const resized: Photo['resized'] = async (toWidth, toHeight) => resizeRgb(await rgb(), toWidth, toHeight);
  return { width, height, format, rgb, resized };
}

/** sharp's own limit is off: its error would not distinguish a photo that is too large from a broken one. */
async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  return sharp(bytes, { limitInputPixels: false }).metadata().catch(asAppError);
}

/** The first frame, upright. Truncated data is an error; a stray byte that any viewer would ignore is not. */
function pixels(bytes: Uint8Array): Sharp {
  return sharp(bytes, { limitInputPixels: false, failOn: 'error', autoOrient: true });
}

/** Converts any color space to sRGB by the embedded profile, flattened on white: 8 bits, three channels. */
function toSrgb(photo: Sharp, header: Metadata): Sharp {
  const srgb = photo.flatten({ background: '#ffffff' }).toColourspace('srgb');
  // sharp converts 16-bit pixels with a profile to Display P3 and leaves them there unless told otherwise.
  const isLeftInP3 = header.space === 'rgb16' && header.hasProfile;
  return isLeftInP3 ? srgb.withIccProfile('srgb', { attach: false }) : srgb;
}

function assertDimensions(width: number, height: number, limits: PhotoLimits): void {
  const size = `it is ${width} x ${height} px`;
  if (width * height > limits.maxPixels) throw tooLarge(`${size}, at most ${limits.maxPixels} pixels are allowed`);
  const longSide = Math.max(width, height);
  if (longSide > limits.maxSidePx) throw tooLarge(`${size}, a side may have at most ${limits.maxSidePx} px`);
}

function tooLarge(why: string): AppError {
  return new AppError('image_too_large', `The image is too large: ${why}.`);
}

function asAppError(error: unknown): never {
  if (error instanceof Error && error.message.startsWith('timeout')) {
    throw new AppError('timeout', 'Decoding the image took too long.', { cause: error });
  }
  throw new AppError('image_unreadable', 'The image is damaged or cut off: it cannot be decoded.', { cause: error });
}
