/** Which layers stay float32 so that the int8 network agrees with the float32 one as well as it is asked to. */
import type { Agreement } from './agreement.ts';

/** What the label maps have to reach; both are shares, 0..1. */
export interface Goal {
  readonly meanIou: number;
  readonly pixels: number;
}

export function isReached({ meanIou, pixels }: Goal, agreement: Agreement): boolean {
  return agreement.meanIou >= meanIou && agreement.pixels >= pixels;
}

/** A group of layers that is quantised as one or not at all. */
export interface Group<T> {
  readonly layers: readonly T[];
  readonly products: number;
  /** Its share in the outputs' squared error. */
  readonly error: number;
}

/**
 * The groups to keep, so that no more than `share` of the squared error remains: first those with the most error for
 * what quantising them saves.
 */
export function mostSensitive<T>(groups: readonly Group<T>[], share: number): Group<T>[] {
  const order = groups.toSorted((a, b) => b.error / b.products - a.error / a.products);
  let rest = groups.reduce((sum, { error }) => sum + error, 0);
  const budget = rest * share;
  const kept: Group<T>[] = [];
  for (const group of order) {
    if (rest <= budget) break;
    kept.push(group);
    rest -= group.error;
  }
  return kept;
}

/** Neighbouring layers in at most `most` groups of about equal numbers. */
export function groupNeighbours<T>(layers: readonly T[], most: number): T[][] {
  const perGroup = Math.ceil(layers.length / most);
  const groups: T[][] = [];
  for (let i = 0; i < layers.length; i += perGroup) groups.push(layers.slice(i, i + perGroup));
  return groups;
}
