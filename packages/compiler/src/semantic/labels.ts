/** The classes of published data sets, by id, and those that a user gives in a file. */
import { readFile, stat } from 'node:fs/promises';
import { AppError, bounds } from '@m2fp/contract';
import type { Label } from '@m2fp/core/model';
import { cihpColors, vocColor } from '@m2fp/core/palettes';
import { z } from 'zod';

/** LIP ("Look into Person", arXiv 1703.05446), as its authors number it: 10 is Jumpsuits. */
export const lipPeopleClasses: readonly string[] = [
  ...['Background', 'Hat', 'Hair', 'Glove', 'Sunglasses', 'UpperClothes', 'Dress', 'Coat', 'Socks', 'Pants'],
  ...['Jumpsuits', 'Scarf', 'Skirt', 'Face', 'Left-arm', 'Right-arm', 'Left-leg', 'Right-leg', 'Left-shoe'],
  'Right-shoe',
];

/** ATR (arXiv 1503.02391). */
export const atrClasses: readonly string[] = [
  ...['Background', 'Hat', 'Hair', 'Sunglasses', 'Upper-clothes', 'Skirt', 'Pants', 'Dress', 'Belt', 'Left-shoe'],
  ...['Right-shoe', 'Face', 'Left-leg', 'Right-leg', 'Left-arm', 'Right-arm', 'Bag', 'Scarf'],
];

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

/** A list, or an object from id to name as in `id2label` of a Hugging Face `config.json`. */
const namesSchema = z.union([z.array(z.string()), z.record(z.string().regex(/^\d{1,3}$/), z.string())]);
const fileSchema = z.union([z.object({ id2label: namesSchema }).transform(({ id2label }) => id2label), namesSchema]);
/** Ids fit into a byte, and 255 is nobody's. */
const mostLabels = 255;

/**
 * Names by id: a JSON list, an object from id to name (also as `id2label` of a larger object), or a text with a name on
 * each line. Throws `input_not_found` and `invalid_request`.
 */
export async function readLabelNames(path: string): Promise<string[]> {
  const size = await stat(path).catch((cause: unknown) => {
    throw new AppError('input_not_found', `${path} cannot be read.`, { cause });
  });
  if (size.size > bounds.modelJson.max) throw unusable(path, `it has ${size.size} bytes`);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').trim();
  const names = (/^[[{]/.test(text) ? parseJson(text, path) : text.split(/\r?\n/)).map((name) => name.trim());
  if (text === '') throw unusable(path, 'it is empty');
  if (names.length > mostLabels) throw unusable(path, `it has ${names.length} names, more than ${mostLabels}`);
  names.forEach((name, id) => {
    if (name === '') throw unusable(path, `class ${id} has no name`);
    if (name.length > bounds.partName.max) {
      throw unusable(path, `the name of class ${id} has more than ${bounds.partName.max} characters`);
    }
    if (names.indexOf(name) !== id) throw unusable(path, `${name} is there twice`);
  });
  return names;
}

function parseJson(text: string, path: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(path, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw unusable(path, 'it is neither a list of names nor an object from id to name');
  if (Array.isArray(parsed.data)) return parsed.data;
  const entries = new Map(Object.entries(parsed.data).map(([id, name]) => [Number(id), name]));
  return Array.from({ length: entries.size }, (_, id) => {
    const name = entries.get(id);
    if (name === undefined) throw unusable(path, `its ${entries.size} names have other ids than 0 to ${entries.size - 1}`);
    return name;
  });
}

function unusable(path: string, why: string): AppError {
  return new AppError('invalid_request', `${path} cannot be used as labels: ${why}.`);
}
