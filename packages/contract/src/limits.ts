/** The largest photo; `MAX_IMAGE_BYTES` and `MAX_IMAGE_PIXELS` change the first two. */
export const photoLimits = {
  maxBytes: 25 * 1024 * 1024,
  /** Width times height. */
  maxPixels: 50_000_000,
  maxSidePx: 20_000,
} as const;
