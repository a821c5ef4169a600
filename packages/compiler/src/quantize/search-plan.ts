/** Quantises all that may be, and takes back what harms most until the result agrees with float32 as it should. */
import type { Agreement } from './agreement.ts';
import { type Goal, type Group, groupNeighbours, isReached, mostSensitive } from './keep-sensitive.ts';
import type { Layer } from './layers.ts';
import type { PlanChoices, WeightedLayer } from './plan-graph.ts';
import type { Plan } from './plan.ts';
import type { LayerRow } from './report.ts';

/** Groups whose sensitivity is measured at most: each costs a few runs of the network. */
const mostGroups = 80;
/** The outputs' squared error that may remain, by that of quantising everything: one attempt each, until one is good. */
const remainders = [1 / 4, 1 / 16, 1 / 64, 1 / 256];

export interface PlanSearch<T> {
  readonly goal: Goal;
  /** Writes and tries a network. */
  readonly attempt: (planned: { plan: Plan; rows: LayerRow[] }) => Promise<T>;
  /** The outputs' relative squared error for each group of layers that is quantised alone. */
  readonly measure: (groups: readonly (readonly Layer[])[]) => Promise<number[]>;
}

/** The first attempt that reaches the goal; where none does, the one with the best mean IoU. */
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
    // Each is the one before and more: with as many it is the same.
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
  const groups = groupNeighbours(layers, mostGroups);
  const errors = await measure(groups.map((group) => group.map(({ layer }) => layer)));
  return groups.map((group, i) => ({
    layers: group,
    products: group.reduce((sum, { products }) => sum + products, 0),
    error: errors[i] ?? 0,
  }));
}
