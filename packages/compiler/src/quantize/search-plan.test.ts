import { describe, expect, it, vi } from 'vitest';
import type { Layer } from './layers.ts';
import { findCandidates } from './layers.ts';
import type { PlanChoices } from './plan-graph.ts';
import { createPlan } from './plan.ts';
import { searchPlan } from './search-plan.ts';
import { addConvolution, smallGraph } from '../../testing/quantize/small-graph.ts';

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
  it('takes everything in 8 bits where that is good, and measures nothing', async () => {
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

  it('gives the best attempt where none reaches the goal, and tries nothing twice, nor to keep everything', async () => {
    const { found, asked } = await search([0.9, 0.95, 0.93]);
    expect(found.number).toBe(2);
    expect(asked).toEqual([[], ['c'], ['c', 'd']]);
  });

  it('ends where nothing moves the outputs', async () => {
    const { found, asked } = await search([0.9], [0, 0, 0, 0]);
    expect(found.number).toBe(1);
    expect(asked).toEqual([[]]);
  });
});
