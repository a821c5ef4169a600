import { describe, expect, it, vi } from 'vitest';
import { addConvolution, smallGraph } from '../../testing/quantize/small-graph.ts';
import { isReached } from './agreement.ts';
import { findCandidates, type Layer } from './layers.ts';
import type { PlanChoices } from './plan-graph.ts';
import { createPlan } from './plan.ts';
import { groupNeighbors, mostSensitive, searchPlan } from './search-plan.ts';

const graph = smallGraph((g) => {
  let value = g.node('Relu', [g.input('x', 'float32', [1, 2, 8, 8])]);
  for (const name of ['a', 'b', 'c', 'd']) value = addConvolution(g, value, [2, 2], { name });
  g.output(value, 'y', 'float32', [1, 2, 8, 8]);
});
const layers = findCandidates(graph).flatMap(({ layer }) => layer ?? []);

/** Layers a, b, c, d of equal cost, of which `c` makes 90 % of the outputs' error and `d` 9 %. */
async function search(meanIous: readonly number[], errors = [0.005, 0.005, 0.9, 0.09]) {
  const asked: string[][] = [];
  const outputErrors: ReadonlyMap<Layer, number>[] = [];
  const choices: PlanChoices = {
    ranges: new Map(),
    layers: layers.map((layer) => ({ layer, products: 1 })),
    plan(kept, measured) {
      asked.push([...kept].map(({ name }) => name).sort());
      outputErrors.push(measured);
      return { plan: createPlan([], new Map()), rows: [] };
    },
  };
  const measure = vi.fn(async () => errors);
  let attempts = 0;
  const found = await searchPlan(choices, {
    goal: { meanIou: 0.97, pixels: 0 },
    measure,
    attempt: async () => {
      const meanIou = meanIous[attempts++] ?? NaN;
      return { number: attempts, agreement: { meanIou, pixels: 1, leastMeanIou: 0, leastPixels: 0 } };
    },
  });
  return { found, asked, measure, outputErrors };
}

describe('the search for a plan', () => {
  it('quantizes everything if that is good enough, and measures nothing', async () => {
    const { found, asked, measure } = await search([0.98]);
    expect(found.number).toBe(1);
    expect(asked).toEqual([[]]);
    expect(measure).not.toHaveBeenCalled();
  });

  it('keeps the most sensitive layers until the goal is reached', async () => {
    const { found, asked, outputErrors } = await search([0.9, 0.95, 0.98]);
    expect(found.number).toBe(3);
    expect(asked).toEqual([[], ['c'], ['c', 'd']]);
    expect([...(outputErrors[2] ?? [])].map(([{ name }, error]) => [name, error.toFixed(3)])).toEqual([
      ['a', '0.071'],
      ['b', '0.071'],
      ['c', '0.949'],
      ['d', '0.300'],
    ]);
  });

  it('gives the best attempt if none reaches the goal, and never repeats a plan or keeps everything', async () => {
    const { found, asked } = await search([0.9, 0.95, 0.93]);
    expect(found.number).toBe(2);
    expect(asked).toEqual([[], ['c'], ['c', 'd']]);
  });

  it('ends if nothing moves the outputs', async () => {
    const { found, asked } = await search([0.9], [0, 0, 0, 0]);
    expect(found.number).toBe(1);
    expect(asked).toEqual([[]]);
  });
});

const group = (name: string, products: number, error: number) => ({ layers: [name], products, error });

describe('what stays float32', () => {
  // Error for what it saves: a 0.1, b 2, c 0.5.
  const groups = [group('a', 100, 10), group('b', 4, 8), group('c', 4, 2)];
  const names = (share: number) => mostSensitive(groups, share).flatMap(({ layers }) => layers);

  it('are the groups with the most error for their cost, until little enough remains', () => {
    expect(names(0.6)).toEqual(['b']);
    expect(names(0.5)).toEqual(['b', 'c']);
    expect(names(0.1)).toEqual(['b', 'c', 'a']);
  });

  it('is nothing if all of the error may remain', () => {
    expect(names(1)).toEqual([]);
  });
});

describe('groups of neighbors', () => {
  it('are of about equal numbers, in order', () => {
    expect(groupNeighbors([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(groupNeighbors([1, 2], 80)).toEqual([[1], [2]]);
  });

  it('of nothing are none', () => {
    expect(groupNeighbors([], 80)).toEqual([]);
  });
});

it.each([
  [0.97, 0.99, true],
  [0.96, 0.99, false],
  [0.97, 0.98, false],
])('a mean IoU of %d and %d of the pixels reach the goal: %s', (meanIou, pixels, reached) => {
  const agreement = { meanIou, pixels, leastMeanIou: 0, leastPixels: 0 };
  expect(isReached({ meanIou: 0.97, pixels: 0.99 }, agreement)).toBe(reached);
});
