import { squareOnto, type Similarity } from './similarity.ts';

/** Maps a square input onto the whole photo, centred; what is left over of the input lies beyond the photo. */
export function letterbox(size: number, photo: { width: number; height: number }): Similarity {
  const { width, height } = photo;
  return squareOnto(size, { center: { x: width / 2, y: height / 2 }, side: Math.max(width, height), angle: 0 });
}
