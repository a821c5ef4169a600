/** By itself, without what decodes photos. */
import { photoLimits } from '@m2fp/contract';

/** Limits on a photo, checked before any of it is decoded. */
export interface PhotoLimits {
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
  readonly maxSidePx: number;
  /** Decoding that takes longer fails with `timeout`. */
  readonly decodeTimeoutMs?: number;
}

export const defaultPhotoLimits: PhotoLimits = photoLimits;

/** The product's own limits, but for those that are given. */
export function photoLimitsFrom(given: {
  readonly maxImageBytes?: number | undefined;
  readonly maxImagePixels?: number | undefined;
}): PhotoLimits {
  const { maxBytes, maxPixels, ...others } = defaultPhotoLimits;
  return {
    ...others,
    maxBytes: given.maxImageBytes ?? maxBytes,
    maxPixels: given.maxImagePixels ?? maxPixels,
  };
}
