/**
 * Quantizes everything that may be, then takes back what harms most until the result agrees with float32 well enough.
 */
import { type Agreement, type Goal, isReached } from './agreement.ts';
import type { Layer } from './layers.ts';
import type { PlanChoices, WeightedLayer } from './plan-graph.ts';
import type { Plan } from './plan.ts';
import type { LayerRow } from './report.ts';

/** At most this many groups have their sensitivity measured: each costs a few runs of the network. */
const mostGroups = 80;
/** Shares of the outputs' squared error that may remain: one attempt each, until one is good enough. */
const remainders = [1 / 4, 1 / 16, 1 / 64, 1 / 256];

export interface PlanSearch<T> {
  readonly goal: Goal;
  /** Writes and tries a network. */
  readonly attempt: (planned: { plan: Plan; rows: LayerRow[] }) => Promise<T>;
  /** The outputs' relative squared error for each group of layers that is quantized alone. */
  readonly measure: (groups: readonly (readonly Layer[])[]) => Promise<number[]>;
}

/** The first attempt that reaches the goal; if none does, the one with the best mean IoU. */
export async function searchPlan<T extends { readonly agreement: Agreement }>(
  choices: PlanChoices,
  { goal, attempt, measure }: PlanSearch<T>,
): Promise<T> {
  let best = await attempt(choices.plan(new Set(), new Map()));
  if (isReached(goal, best.agreement)) return best;
  const groups = await measureGroups(choices.layers, measure);
  const outputErrors = new Map(
    groups.flatMap(({ layers, error }) => layers.map(({ layer }) => [layer, Math.sqrt(error)] as const)),
  );
  let keptBefore = 0;
  for (const share of remainders) {
    const kept = new Set(mostSensitive(groups, share).flatMap(({ layers }) => layers.map(({ layer }) => layer)));
    if (kept.size === choices.layers.length) break;
    // Each keeps what the previous one did, and more: if it has as many layers, it is the same.
    if (kept.size === keptBefore) continue;
    keptBefore = kept.size;
    const found = await attempt(choices.plan(kept, outputErrors));
    if (isReached(goal, found.agreement)) return found;
    if (found.agreement.meanIou > best.agreement.meanIou) best = found;
  }
  return best;
}

async function measureGroups(
  layers: readonly WeightedLayer[],
  measure: PlanSearch<unknown>['measure'],
): Promise<Group<WeightedLayer>[]> {
  const groups = groupNeighbors(layers, mostGroups);
  const errors = await measure(groups.map((group) => group.map(({ layer }) => layer)));
  return groups.map((group, i) => ({
    layers: group,
    products: group.reduce((sum, { products }) => sum + products, 0),
    error: errors[i] ?? 0,
  }));
}

/** Which layers stay float32 so that the int8 network agrees with the float32 one as well as required. */
/** A group of layers that are quantized together or not at all. */
export interface Group<T> {
  readonly layers: readonly T[];
  readonly products: number;
  /** Its share of the outputs' squared error. */
  readonly error: number;
}

/**
 * The groups to keep so that no more than `share` of the squared error remains. Those come first that have the most
 * error for what quantizing them saves.
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

/** Neighboring layers in at most `most` groups of about equal numbers. */
export function groupNeighbors<T>(layers: readonly T[], most: number): T[][] {
  const perGroup = Math.ceil(layers.length / most);
  const groups: T[][] = [];
  for (let i = 0; i < layers.length; i += perGroup) groups.push(layers.slice(i, i + perGroup));
  return groups;
}
