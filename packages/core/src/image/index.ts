/** Reading photos: formats, limits, color, orientation, resizing. */
export { setImageThreads } from './libvips.ts';
export { defaultPhotoLimits, openPhoto, type PhotoLimits } from './open-photo.ts';
export type * from './photo.ts';
export { readPhotoFile } from './read-photo-file.ts';
export * from './resize.ts';
