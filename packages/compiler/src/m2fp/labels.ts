import type { Label, Rgb } from '@m2fp/core/model';
import { cihpColors, vocColor } from '@m2fp/core/palettes';
import { cihp } from './class-tables.ts';

/** A color that no other class has, although the whole person is not painted. */
const personColor: Rgb = [255, 255, 255];

/** Labels for a bundle. `personClassId` is undefined if no class is a whole person. */
export function createLabels(names: readonly string[], personClassId: number | undefined): Label[] {
  const colorOf = paletteFor(names);
  return names.map((name, id) => {
    const role = roleOf(id, personClassId);
    return { id, name, color: role === 'person' ? [...personColor] : [...colorOf(id)], role };
  });
}

function roleOf(id: number, personClassId: number | undefined): Label['role'] {
  if (id === 0) return 'background';
  return id === personClassId ? 'person' : 'part';
}

/**
 * CIHP's colors for CIHP's and LIP's classes, which share all names but one; for all others PASCAL VOC's, which are
 * different ones up to class 254.
 */
function paletteFor(names: readonly string[]): (id: number) => Rgb {
  const known = names.filter((name, id) => name === cihp.names[id]).length;
  return known >= cihpColors.length - 1 ? (id) => cihpColors[id] ?? vocColor(id) : vocColor;
}
