/** The size that a photo is resized to, px, and how much that is of the original. */
export interface TargetSize {
  readonly width: number;
  readonly height: number;
  /** resized / original, before the sides are rounded. */
  readonly scale: number;
}

/**
 * The size at which the short side is `shortSide`, unless the long side would then pass `maxSide`; then that one is
 * `maxSide`. Each side is rounded half up, and at least 1 px. The arithmetic is that of Detectron2's
 * `ResizeShortestEdge`, step by step, so that sizes agree with the reference's to the pixel.
 */
export function shortSideSize(
  photo: { readonly width: number; readonly height: number },
  shortSide: number,
  maxSide: number,
): TargetSize {
  const scale = shortSide / Math.min(photo.width, photo.height);
  const isLandscape = photo.height < photo.width;
  const width = isLandscape ? scale * photo.width : shortSide;
  const height = isLandscape ? shortSide : scale * photo.height;
  const longSide = Math.max(width, height);
  const cap = longSide > maxSide ? maxSide / longSide : 1;
  return { width: roundSide(width * cap), height: roundSide(height * cap), scale: scale * cap };
}

function roundSide(length: number): number {
  return Math.max(1, Math.floor(length + 0.5));
}
