/** The classes of published data sets, by id, and those that a user gives in a file. */
import type { Label } from '@m2fp/core/model';
import { cihpColors, vocColor } from '@m2fp/core/palettes';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { readLabelNames } from '../m2fp/labels-file.ts';

/** PASCAL-Person-Part in SCHP's order, which is not M2FP's. */
export const pascalClasses: readonly string[] = [
  ...['Background', 'Head', 'Torso', 'Upper-arms', 'Lower-arms', 'Upper-legs', 'Lower-legs'],
];

/** FASHN's human parser. */
export const fashnClasses: readonly string[] = [
  ...['background', 'face', 'hair', 'top', 'dress', 'skirt', 'pants', 'belt', 'bag', 'hat', 'scarf', 'glasses'],
  ...['arms', 'hands', 'legs', 'feet', 'torso', 'jewelry'],
];

/** Class 0 is the background; the colors are those of CIHP, then of PASCAL VOC. */
export function createSemanticLabels(names: readonly string[]): Label[] {
  return names.map((name, id) => ({
    ...{ id, name, color: [...(cihpColors[id] ?? vocColor(id))] },
    role: id === 0 ? 'background' : 'part',
  }));
}

/** Ids fit into a byte, and 255 is nobody's. */
const mostLabels = 255;

/** The names in a file, by id; what asks for a part by its name has to find one. Throws `model_unavailable`. */
export async function readNames(path: string): Promise<string[]> {
  const names = await readLabelNames(path);
  const twice = names.find((name, id) => names.indexOf(name) !== id);
  if (twice !== undefined) throw checkpointError(`${path} has the name ${twice} twice.`);
  if (names.length > mostLabels) throw checkpointError(`${path} has ${names.length} names: more than ${mostLabels}.`);
  return names;
}
