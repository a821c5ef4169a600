import type { PhotoFormat } from '@m2fp/contract';

/** Raw pixels: RGB, 8 bits a channel, rows from the top, no padding; `data.length === width * height * 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * A photo that passed the limits: its header was read, nothing was decoded yet. Width and height are those of the
 * upright picture (EXIF orientation applied). Pixels are sRGB without alpha (alpha is flattened on white).
 */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly format: PhotoFormat;
  /** Decodes the whole photo, anew at each call: keep what it gives. Throws `image_unreadable`, `timeout`. */
  rgb(): Promise<RgbImage>;
  /** Decodes and resizes, antialiased bilinear as Pillow, to exactly this size, px. Throws as `rgb` does. */
  resized(width: number, height: number): Promise<RgbImage>;
}
