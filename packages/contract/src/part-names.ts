import { AppError } from './errors.ts';

/** A class that may be chosen by its name. */
interface NamedClass {
  readonly id: number;
  readonly name: string;
}

/** What matters of a name: neither case nor hyphens, underscores and spaces do. */
export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[-_\s]+/gu, '');
}

/**
 * The ids of the classes that are meant by `names`: of the one that is called so, or else of those that are called so
 * but for case, hyphens, underscores and spaces. Throws `invalid_request`, which lists the names there are.
 */
export function findParts(names: readonly string[], classes: readonly NamedClass[]): Set<number> {
  return new Set(names.flatMap((name) => idsOf(name, classes)));
}

function idsOf(name: string, classes: readonly NamedClass[]): number[] {
  const exact = classes.filter((label) => label.name === name);
  const found = exact.length > 0 ? exact : classes.filter((label) => plainName(label.name) === plainName(name));
  if (found.length > 0) return found.map(({ id }) => id);
  const known = classes.map((label) => label.name).join(', ');
  throw new AppError('invalid_request', `The model has no part ${JSON.stringify(name)}. Its parts: ${known}.`);
}
