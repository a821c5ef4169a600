import type { OutputName } from '@m2fp/contract';

/** The files in a photo's result folder. */
export const resultFileNames: Readonly<Record<OutputName, string>> = {
  masks: 'masks.json',
  colormap: 'colormap.png',
  instances: 'instances.png',
  overlay: 'overlay.jpg',
};

/** The photo itself, upright and of a size for a page. */
export const viewableName = 'photo.jpg';
