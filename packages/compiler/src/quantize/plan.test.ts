import { describe, expect, it } from 'vitest';
import type { ChosenRange } from './histogram.ts';
import { findCandidates } from './layers.ts';
import { createPlan, selectLayers, tensorsToCalibrate, withInherited } from './plan.ts';
import { addConvolution, smallGraph } from '../../testing/quantize/small-graph.ts';

/** a → b, both → sum → most; `most` and what is in float32 → both. */
const graph = smallGraph((g) => {
  const x = g.node('Sigmoid', [g.input('x', 'float32', [1, 2, 8, 8])]);
  const a = addConvolution(g, x, [2, 2], { name: 'a' });
  const b = addConvolution(g, a, [2, 2], { name: 'b' });
  const sum = g.node('Add', [a, b], {}, { name: 'sum' });
  const most = g.node('MaxPool', [sum], { kernel_shape: [2, 2] }, { name: 'most' });
  const both = g.node('Concat', [most, g.node('Tanh', [most])], { axis: 1 }, { name: 'both' });
  g.output(both, 'y', 'float32', [1, 4, 7, 7]);
});
const candidates = findCandidates(graph);
const select = (...kept: string[]) => selectLayers(candidates, ({ name }) => kept.includes(name));
const names = (layers: readonly { name: string }[]) => layers.map(({ name }) => name);

describe('the layers in 8 bits', () => {
  it('are all layers that may be, and those that join only u8', () => {
    expect(names(select())).toEqual(['a', 'b', 'sum', 'most']);
  });

  it('take no sum along with one side in float32, nor what only it leads to', () => {
    expect(names(select('b'))).toEqual(['a']);
  });

  it('include a sum if the other convolution reads its first side', () => {
    expect(names(select('a'))).toEqual(['b', 'sum', 'most']);
  });
});

describe('the plan', () => {
  const range = (scale: number): ChosenRange => ({ method: 'min-max', quantization: { scale, zeroPoint: 0 } });

  it('needs the range of each tensor in u8, except for those stored like another one', () => {
    expect(tensorsToCalibrate(select()).sort()).toEqual(['Sigmoid', 'a', 'b', 'sum']);
  });

  it('stores a maximum like the tensor it is taken of', () => {
    const ranges = new Map(tensorsToCalibrate(select()).map((tensor, i) => [tensor, range(i + 1)]));
    const plan = createPlan(select(), withInherited(select(), ranges));
    expect(plan.quantizationOf('most')).toEqual(ranges.get('sum')?.quantization);
    expect(plan.layers.size).toBe(4);
  });

  it('knows the range of a maximum that stays float32 itself', () => {
    const all = withInherited(select(), new Map([['sum', range(3)]]));
    expect(createPlan([], all).quantizationOf('most')).toEqual(range(3).quantization);
  });

  it('stores what only a concatenation wants in u8 as its result, and the rest by its own range', () => {
    const joining = findCandidates(
      smallGraph((g) => {
        const x = g.node('Sigmoid', [g.input('x', 'float32', [1, 2, 8, 8])], {}, { name: 'x1' });
        const a = addConvolution(g, x, [2, 2], { name: 'a' });
        const both = g.node('Concat', [a, g.node('Tanh', [a], {}, { name: 'own' })], { axis: 1 }, { name: 'both' });
        g.output(addConvolution(g, both, [2, 4], { name: 'b' }), 'y', 'float32', [1, 2, 8, 8]);
      }),
    );
    const layers = selectLayers(joining, () => false);
    expect(names(layers)).toEqual(['a', 'both', 'b']);
    expect(tensorsToCalibrate(layers).sort()).toEqual(['a', 'b', 'both', 'x1']);
    const ranges = new Map(tensorsToCalibrate(layers).map((tensor, i) => [tensor, range(i + 1)]));
    const plan = createPlan(layers, withInherited(layers, ranges));
    expect(plan.quantizationOf('own')).toEqual(plan.quantizationOf('both'));
  });

  it('has no tensor without a range', () => {
    expect(() => createPlan([], new Map()).quantizationOf('a')).toThrow('a has no range');
  });
});
