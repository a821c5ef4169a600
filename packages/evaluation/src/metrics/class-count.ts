/** How many classes there are, background included and the whole person ("Human") not. */
import { AppError } from '@m2fp/contract';
import { countIds, ignoredClass, type IdMap } from '../id-map.ts';
import type { PhotoTruth } from './photo.ts';

/** The authors' data sets: PASCAL-Person-Part, CIHP and LIP, MHP-v2. */
const knownCounts = [7, 20, 59] as const;

/** The count to assume if nobody says it: that of the smallest of the authors' data sets with so many classes. */
export function likelyClassCount(highestClass: number): number {
  return knownCounts.find((count) => highestClass < count) ?? highestClass + 1;
}

/** Throws `invalid_request` if a prediction has a class that there is not. `what` names its file. */
export function assertClass(id: number, classes: number | undefined, what: string): void {
  if (id < (classes ?? ignoredClass)) return;
  const limit = classes === undefined ? 'which marks pixels that are not counted' : `but there are ${classes} classes`;
  throw new AppError('invalid_request', `${what} has class ${id}, ${limit}.`);
}

/** The highest class that a map has, without the pixels that are not counted; -1 if it has none. */
function highestClassOf(map: IdMap): number {
  return Math.max(-1, ...[...countIds(map).keys()].filter((id) => id < ignoredClass));
}

/** Throws `invalid_request` if the data set has a class that a model cannot find. */
export function assertClassesFit({ name, categories }: PhotoTruth, classes: number): void {
  const highest = categories === undefined ? -1 : highestClassOf(categories);
  if (highest < classes) return;
  throw new AppError(
    'invalid_request',
    `The data set's classes are not the model's: Category_ids/${name}.png has class ${highest}, ` +
      `the model has ${classes} classes (0 to ${classes - 1}).`,
  );
}
