/** Reading photos: formats, limits, color, orientation, resizing. */
export { setImageThreads } from './libvips.ts';
export * from './open-photo.ts';
export type * from './photo.ts';
export { defaultPhotoLimits } from './photo-limits.ts';
export * from './resize.ts';
