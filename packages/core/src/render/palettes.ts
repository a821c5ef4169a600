import type { PaletteName } from '@m2fp/contract';
import type { Label, Rgb } from '../model/manifest.ts';

/** Color i belongs to class id i, up to the highest id among the labels. */
export type Palette = readonly Rgb[];

/** The palettes that a user can choose for the label map. */
export const palettes: Readonly<Record<PaletteName, (labels: readonly Label[]) => Palette>> = {
  /** The bundle's own colors; black for ids without a label. */
  model: (labels) => {
    const colors = new Map(labels.map((label) => [label.id, label.color]));
    return forEachId(labels, (id) => colors.get(id) ?? [0, 0, 0]);
  },
  /** CIHP's, and Pascal VOC's for class ids that CIHP does not have. */
  cihp: (labels) => forEachId(labels, (id) => cihpColors[id] ?? vocColor(id)),
  voc: (labels) => forEachId(labels, vocColor),
};

/** Person id → color, up to `people`, from Pascal VOC's colors: consecutive ids get very different colors. */
export function instancePalette(people: number): Palette {
  return Array.from({ length: Math.min(people, 255) + 1 }, (_, id) => vocColor(id));
}

/** Pascal VOC's colormap: bits 0, 1, 2 of the id are the top bits of red, green, blue; the next three come below … */
export function vocColor(id: number): Rgb {
  const channel = (first: number): number =>
    [0, 1, 2].reduce((value, k) => value | (((id >> (first + 3 * k)) & 1) << (7 - k)), 0);
  return [channel(0), channel(1), channel(2)];
}

/**
 * As published with CIHP and LIP, in the order of their 20 classes. The portrait model's own colors are in
 * `packages/compiler/src/portrait/labels.ts`.
 */
export const cihpColors: Palette = [
  [0, 0, 0], // Background
  [128, 0, 0], // Hat
  [255, 0, 0], // Hair
  [0, 85, 0], // Glove
  [170, 0, 51], // Sunglasses
  [255, 85, 0], // UpperClothes
  [0, 0, 85], // Dress
  [0, 119, 221], // Coat
  [85, 85, 0], // Socks
  [0, 85, 85], // Pants
  [85, 51, 0], // Torso-skin
  [52, 86, 128], // Scarf
  [0, 128, 0], // Skirt
  [0, 0, 255], // Face
  [51, 170, 221], // Left-arm
  [0, 255, 255], // Right-arm
  [85, 255, 170], // Left-leg
  [170, 255, 85], // Right-leg
  [255, 255, 0], // Left-shoe
  [255, 170, 0], // Right-shoe
];

function forEachId(labels: readonly Label[], colorOf: (id: number) => Rgb): Palette {
  const highest = Math.max(0, ...labels.map((label) => label.id));
  return Array.from({ length: highest + 1 }, (_, id) => colorOf(id));
}
