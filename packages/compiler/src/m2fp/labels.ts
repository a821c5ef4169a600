/**
 * The classes of the two published checkpoints, in the networks' order and with the names that ModelScope gives them.
 * Left and right are the person's own.
 */
import type { Label, Rgb } from '@m2fp/core/model';
import { cihpColors, vocColor } from '@m2fp/core/palettes';

/** LIP ("Look into Person", arXiv 1703.05446): 20 classes, one person per photo. CIHP has the same 20. */
export const lipClasses: readonly string[] = [
  'Background',
  'Hat',
  'Hair',
  'Glove',
  'Sunglasses',
  'UpperClothes',
  'Dress',
  'Coat',
  'Socks',
  'Pants',
  'Torso-skin',
  'Scarf',
  'Skirt',
  'Face',
  'Left-arm',
  'Right-arm',
  'Left-leg',
  'Right-leg',
  'Left-shoe',
  'Right-shoe',
];

/** CIHP ("Crowd Instance-level Human Parsing", arXiv 1808.00157): 20 classes, and M2FP's own for a whole person. */
export const cihpClasses: readonly string[] = [...lipClasses, 'Human'];

/** A color that no other class has, although the whole person is not painted. */
const personColor: Rgb = [255, 255, 255];

/** `class_7` for a class without a name. */
export const genericName = (id: number): string => `class_${id}`;

/**
 * The names of a network with this many classes, if its configuration gives none: CIHP's for 21, LIP's for 20, else
 * numbered ones.
 */
export function classNames(classes: number): string[] {
  if (classes === cihpClasses.length) return [...cihpClasses];
  if (classes === lipClasses.length) return [...lipClasses];
  return Array.from({ length: classes }, (_, id) => genericName(id));
}

/** Labels for a bundle. `personClassId` is undefined if no class is a whole person. */
export function createLabels(names: readonly string[], personClassId: number | undefined): Label[] {
  return names.map((name, id) => ({ id, name, color: colorOf(id), role: roleOf(id, personClassId) }));
}

function roleOf(id: number, personClassId: number | undefined): Label['role'] {
  if (id === 0) return 'background';
  return id === personClassId ? 'person' : 'part';
}

/** CIHP's colors, then those of PASCAL VOC. */
function colorOf(id: number): Rgb {
  if (id === lipClasses.length) return [...personColor];
  return [...(cihpColors[id] ?? vocColor(id))];
}
