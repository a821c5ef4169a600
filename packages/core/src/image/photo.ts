import type { PhotoFormat } from '@m2fp/contract';

/** Raw pixels: RGB, 8 bits per channel, rows from the top, no padding; `data.length === width * height * 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How a photo's colors are read. */
export interface ColorSettings {
  /** The levels as they are stored, as OpenCV and Pillow read them; by default, they are converted to sRGB. */
  readonly ignoreProfile?: boolean;
}

/**
 * A photo that passed the limits: its header has been read, nothing has been decoded yet. Width and height are those
 * of the upright picture (EXIF orientation applied). Pixels are sRGB without alpha (flattened on white).
 */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly format: PhotoFormat;
  /** Decodes the whole photo, again on each call: keep the result. Throws `image_unreadable`, `timeout`. */
  rgb(colors?: ColorSettings): Promise<RgbImage>;
  /**
   * Decodes and resizes to exactly this size, px, like Pillow's antialiased bilinear; most JPEGs of four times the size
   * or more only nearly so: levels differ by about one (see `shrinkOnLoad`). Throws as `rgb` does.
   */
  resized(width: number, height: number, colors?: ColorSettings): Promise<RgbImage>;
}
