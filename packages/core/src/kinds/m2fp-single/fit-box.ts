import type { Box, Size } from '../../parsing/resize/resize-steps.ts';

/** Where a photo goes in the network's box. */
export interface Fit {
  /** In the box's px: the photo's resized size and place. The reference calls it `crop_box`. */
  readonly cut: Box;
  /** resized / original; 1 where the photo is not larger than the box. */
  readonly scale: number;
}

/**
 * Fits a photo into a box as the reference does: the aspect is kept, nothing is enlarged, sizes and offsets are
 * truncated, and what is left of the box is shared out equally on both sides. No side is less than 1 px.
 */
export function fitBox(photo: Size, box: Size): Fit {
  const { width, height } = fitSize(photo, box);
  const x0 = Math.floor((box.width - width) / 2);
  const y0 = Math.floor((box.height - height) / 2);
  return {
    cut: { x0, y0, x1: x0 + width, y1: y0 + height },
    scale: Math.min(1, box.width / photo.width, box.height / photo.height),
  };
}

/** Whole numbers are divided once, last: the side that fills the box is the box's own to the pixel. */
function fitSize(photo: Size, box: Size): Size {
  if (photo.width <= box.width && photo.height <= box.height) return photo;
  if (box.width * photo.height <= box.height * photo.width) {
    return { width: box.width, height: Math.max(1, Math.floor((box.width * photo.height) / photo.width)) };
  }
  return { width: Math.max(1, Math.floor((box.height * photo.width) / photo.height)), height: box.height };
}
