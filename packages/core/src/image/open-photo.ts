import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';
import type { Metadata, Sharp } from 'sharp';
import { AppError, bounds, detectFormat } from '@m2fp/contract';
import { sharp } from './libvips.ts';
import type { ColorSettings, Photo, RgbImage } from './photo.ts';
import { defaultPhotoLimits, type PhotoLimits } from './photo-limits.ts';
import { resizeRgb } from './resize.ts';
import { shrinking, shrinkOnLoad, type Size } from './shrink-on-load.ts';
import type { Decodable } from './structure/jpeg.ts';
import { scanPhoto } from './structure/scan-photo.ts';

/**
 * Reads and checks a photo's header. The photo keeps `bytes` and decodes them on each call to `rgb` or `resized`.
 * Throws `image_unreadable`, `unsupported_format`, `image_too_large` or `timeout`.
 */
export async function openPhoto(bytes: Uint8Array, limits: PhotoLimits = defaultPhotoLimits): Promise<Photo> {
  if (bytes.byteLength === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
  if (bytes.byteLength > limits.maxBytes) {
    throw tooLarge(`it has ${bytes.byteLength} bytes, at most ${limits.maxBytes} are allowed`);
  }
  const format = detectFormat(bytes);
  const decodable = scanPhoto(bytes, format);
  const timeoutMs = limits.decodeTimeoutMs ?? bounds.decodeTime.max * 1_000;
  const header = await withDeadline(readHeader(bytes), timeoutMs);
  const { width, height } = header.autoOrient;
  const maxPixels = format === 'avif' ? Math.min(limits.maxPixels, bounds.avifPicture.max) : limits.maxPixels;
  assertDimensions(width, height, { ...limits, maxPixels });

  const rgb: Photo['rgb'] = (colors = {}) => withDeadline(decode(decodable, header, colors), timeoutMs);
  const resized: Photo['resized'] = async (toWidth, toHeight, colors = {}) => {
    const shrunk =
      format === 'jpeg' ? shrinkOnLoad(decodable, header, { width: toWidth, height: toHeight }) : undefined;
    if (shrunk) return withDeadline(decode(shrunk.photo, header, colors, shrunk.size), timeoutMs);
    return resizeRgb(await rgb(colors), toWidth, toHeight);
  };
  return { width, height, format, rgb, resized };
}

/** sharp's own limit is off: its error would not distinguish a photo that is too large from a broken one. */
async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  return sharp(bytes, { limitInputPixels: false }).metadata().catch(asUnreadable);
}

/** How late a timer may be, ms, before its thread counts as blocked. */
const blockedMs = 50;

/**
 * Settles about within the time. Nothing can interrupt a decoder, sharp's own `timeout` neither: it goes on in a thread
 * of this process, which had better be ended. Another attempt would take as long, so that the error is final: another
 * photo's network that blocks this thread must not be taken for a slow decoder.
 */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const settled = new AbortController();
  try {
    return await Promise.race([work, expire(timeoutMs, settled.signal)]);
  } finally {
    settled.abort();
  }
}

/** Throws `timeout` when the time is over. */
async function expire(timeoutMs: number, signal: AbortSignal): Promise<never> {
  const dueAt = performance.now() + timeoutMs;
  await sleep(timeoutMs, undefined, { signal });
  const lateMs = performance.now() - dueAt;
  await letFinishedWorkIn();
  if (lateMs > blockedMs) {
    // What takes several steps could not begin its next one: it gets that time back, once.
    await sleep(lateMs, undefined, { signal });
    await letFinishedWorkIn();
  }
  throw new AppError('timeout', `Decoding the image took longer than ${timeoutMs / 1_000} s.`, { retryable: false });
}

/** A timer comes before what other threads have finished in the same round of the event loop. */
async function letFinishedWorkIn(): Promise<void> {
  await nextRound();
  await nextRound();
}

/** What libjpeg warns about although every pixel is there. It only tells its first warning. */
const harmless = ['extraneous bytes', 'JFIF revision', 'Adobe color transform', 'Inconsistent progression'];

/** With a size, it is resized to that before rows below it are cropped, whose number then is of the resized photo. */
async function decode(photo: Decodable, header: Metadata, colors: ColorSettings, size?: Size): Promise<RgbImage> {
  const ignoreIcc = colors.ignoreProfile === true;
  const read = async (failOn: 'warning' | 'error'): Promise<RgbImage> => {
    const upright = pixels(photo.bytes, { failOn, ignoreIcc });
    const sized = size ? upright.resize({ ...size, ...shrinking }) : upright;
    const { data, info } = await toSrgb(sized, header, ignoreIcc).raw().toBuffer({ resolveWithObject: true });
    return crop({ data, width: info.width, height: info.height }, photo.rowsBelow, header.orientation);
  };
  if (!photo.isStrict) return read('error').catch(asUnreadable);
  return read('warning')
    .catch((error: unknown) => {
      if (!harmless.some((warning) => String(error).includes(warning))) throw error;
      return read('error');
    })
    .catch(asUnreadable);
}

/** The first frame, upright. Truncated data is an error; a stray byte that any viewer would ignore is not. */
function pixels(bytes: Uint8Array, options: { failOn: 'warning' | 'error'; ignoreIcc: boolean }): Sharp {
  return sharp(bytes, { limitInputPixels: false, autoOrient: true, ...options });
}

/** Without the rows that were below it before it was turned upright. sharp's `extract` would not even decode them. */
function crop(image: RgbImage, rowsBelow: number, orientation = 1): RgbImage {
  if (rowsBelow === 0) return image;
  const isTurned = orientation >= 5;
  const width = isTurned ? image.width - rowsBelow : image.width;
  const height = isTurned ? image.height : image.height - rowsBelow;
  const left = orientation === 6 || orientation === 7 ? rowsBelow : 0;
  const top = orientation === 3 || orientation === 4 ? rowsBelow : 0;
  if (!isTurned) return { data: image.data.subarray(top * width * 3, (top + height) * width * 3), width, height };
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = (y * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { data, width, height };
}

/**
 * Converts any color space to sRGB, by the embedded profile unless that is ignored, flattened on white: 8 bits, three
 * channels.
 */
function toSrgb(photo: Sharp, header: Metadata, ignoreIcc: boolean): Sharp {
  const srgb = photo.flatten({ background: '#ffffff' }).toColourspace('srgb');
  // sharp converts 16-bit pixels with a profile to Display P3 and leaves them there unless told otherwise.
  const isLeftInP3 = header.space === 'rgb16' && header.hasProfile && !ignoreIcc;
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

function asUnreadable(cause: unknown): never {
  throw new AppError('image_unreadable', 'The image is damaged or cut off: it cannot be decoded.', { cause });
}
