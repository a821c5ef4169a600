/** What somebody meant who wrote a name that there is not. */
import { plainName } from '@m2fp/contract';
import { closestMatch } from 'leven';

/** Longer ones are no misspelled names. */
const longest = 64;

/**
 * The name that is meant, if one is near: the same but for case, hyphens, underscores and spaces, or with at most one
 * letter in three different.
 */
export function nearName(given: string, names: readonly string[]): string | undefined {
  if (given.length > longest) return undefined;
  const byPlain = new Map(names.map((name) => [plainName(name), name]));
  const wanted = plainName(given);
  const maxDistance = Math.max(1, Math.floor(wanted.length / 3));
  const near = byPlain.has(wanted) ? wanted : closestMatch(wanted, [...byPlain.keys()], { maxDistance });
  return near === undefined ? undefined : byPlain.get(near);
}

/** ` Did you mean …?`, or nothing. */
export function didYouMean(given: string, names: readonly string[]): string {
  const near = nearName(given, names);
  return near === undefined ? '' : ` Did you mean \`${near}\`?`;
}
