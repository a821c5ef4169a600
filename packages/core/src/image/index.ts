/** Photos in: formats, limits, colour, orientation, resizing. */
export { setImageThreads } from './libvips.ts';
export * from './open-photo.ts';
export type * from './photo.ts';
export * from './resample.ts';
export * from './target-size.ts';
