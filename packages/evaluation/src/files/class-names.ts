/** Which class of a model is which of a data set's. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '@m2fp/contract';
import type { Manifest } from '@m2fp/core/model';

type Labels = Manifest['labels'];

const namesFile = 'labels.txt';

/** A data set's classes, by id. */
export interface DatasetClasses {
  /** Background first; with or without one for whole people. */
  readonly names: readonly string[];
  /** True if they are taken from what the data set seems to be, false if somebody says so. */
  readonly isGuess: boolean;
}

/** A model's classes as a data set numbers them. */
export interface ClassTable {
  /** How many there are, with background and without whole people. */
  readonly classes: number;
  /** The data set's id of each of the model's; empty if they are the same. */
  readonly ids: ReadonlyMap<number, number>;
}

/** The file with the names of a data set's classes: `labels.txt` beside its folders, or one above. */
export async function findLabelsFile(datasetDir: string): Promise<string | undefined> {
  for (const folder of [datasetDir, dirname(datasetDir)]) {
    const path = join(folder, namesFile);
    if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
  }
  return undefined;
}

/** Without one for whole people, which is no class of a data set. */
export function partNames({ names }: Pick<DatasetClasses, 'names'>): readonly string[] {
  return names.filter((name) => plain(name) !== 'human');
}

/**
 * Without names the model's ids are taken to be the data set's. With names, every class of either must be one of the
 * other, and ids are translated. Names that are only guessed may differ if there are as many: checkpoints do not all
 * spell them alike. Throws `invalid_request` if the tables do not match.
 */
export function matchClasses(labels: Labels, known: DatasetClasses | undefined): ClassTable {
  const own = labels.filter(({ role }) => role !== 'person');
  const byId = { classes: Math.max(...own.map(({ id }) => id)) + 1, ids: new Map<number, number>() };
  if (known === undefined) return byId;
  const names = partNames(known);
  const theirs = new Map(names.map((name, id) => [plain(name), id]));
  const unknown = own.filter(({ name }) => !theirs.has(plain(name))).map(({ name }) => name);
  const missing = names.filter((name) => !own.some((label) => plain(label.name) === plain(name)));
  if (unknown.length + missing.length > 0) {
    if (known.isGuess && byId.classes === names.length) return byId;
    const lists = [`only the model has ${list(unknown)}`, `only the data set has ${list(missing)}`];
    throw new AppError('invalid_request', `The model's classes are not the data set's: ${lists.join('; ')}.`);
  }
  const ids = own.map(({ id, name }) => [id, theirs.get(plain(name)) ?? id] as const);
  return {
    classes: names.length,
    ids: new Map(ids.filter(([id, theirId]) => id !== theirId)),
  };
}

/** `Upper-clothes`, `upper clothes` and `UpperClothes` are one class, and so are `Lower arms` and `Lower-arm`. */
function plain(name: string): string {
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/s$/, ''))
    .join('');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
