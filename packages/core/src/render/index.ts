/** Masks, the canvas they are painted on, and the files that are made of them. */
export * from './bitmap-masks.ts';
export * from './coco.ts';
export * from './indexed-png.ts';
export * from './overlay.ts';
export * from './paint.ts';
export * from './palettes.ts';
export * from './rle.ts';
export type * from './span-mask.ts';
export * from './span-mask-builder.ts';
