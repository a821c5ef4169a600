/** Masks, the canvas they are painted on, and the files made from them. */
export * from './coco.ts';
export * from './png.ts';
export * from './png-chunks.ts';
export * from './paint.ts';
export * from './palettes.ts';
export * from './polygons.ts';
export * from './rle.ts';
export * from './span-mask.ts';
export { atrClasses } from './try-on/class-maps.ts';
