import { describe, expect, it } from 'vitest';
import type { Value } from '../onnx/graph-builder.ts';
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
    expect(tensorsToCalibrate(graph, select()).sort()).toEqual(['Sigmoid', 'a', 'b', 'sum']);
  });

  it('stores a maximum like the tensor it is taken of', () => {
    const ranges = new Map(tensorsToCalibrate(graph, select()).map((tensor, i) => [tensor, range(i + 1)]));
    const plan = createPlan(select(), withInherited(graph, select(), ranges));
    expect(plan.quantizationOf('most')).toEqual(ranges.get('sum')?.quantization);
    expect(plan.layers.size).toBe(4);
  });

  it('knows the range of a maximum that stays float32 itself', () => {
    const all = withInherited(graph, select(), new Map([['sum', range(3)]]));
    expect(createPlan([], all).quantizationOf('most')).toEqual(range(3).quantization);
  });

  it('stores what only a concatenation wants in u8 as its result, and the rest by its own range', () => {
    const joining = smallGraph((g) => {
      const x = g.node('Sigmoid', [g.input('x', 'float32', [1, 2, 8, 8])], {}, { name: 'x1' });
      const a = addConvolution(g, x, [2, 2], { name: 'a' });
      const both = g.node('Concat', [a, g.node('Tanh', [a], {}, { name: 'own' })], { axis: 1 }, { name: 'both' });
      g.output(addConvolution(g, both, [2, 4], { name: 'b' }), 'y', 'float32', [1, 2, 8, 8]);
    });
    const layers = selectLayers(findCandidates(joining), () => false);
    expect(names(layers)).toEqual(['a', 'both', 'b']);
    expect(tensorsToCalibrate(joining, layers).sort()).toEqual(['a', 'b', 'both', 'x1']);
    const ranges = new Map(tensorsToCalibrate(joining, layers).map((tensor, i) => [tensor, range(i + 1)]));
    const plan = createPlan(layers, withInherited(joining, layers, ranges));
    expect(plan.quantizationOf('own')).toEqual(plan.quantizationOf('both'));
  });

  it('stores parts like the whole, if a layer makes that in u8', () => {
    const cutting = smallGraph((g) => {
      const cut = (x: Value, name: string): Value[] => g.nodes('Split', [x], 2, { axis: 1, num_outputs: 2 }, { name });
      const [plain = { name: '' }] = cut(g.node('Sigmoid', [g.input('x', 'float32', [1, 8, 8, 8])]), 'plain');
      const a = addConvolution(g, plain, [8, 4], { name: 'a' });
      const most = g.node('MaxPool', [a], { kernel_shape: [1, 1] }, { name: 'most' });
      const [half = plain] = cut(most, 'half');
      const [quarter = plain] = cut(half, 'quarter');
      const sum = g.node('Add', [addConvolution(g, half, [2, 4], { name: 'b' }), quarter], {}, { name: 'sum' });
      const c = addConvolution(g, quarter, [2, 2], { name: 'c' });
      g.output(g.node('Mul', [sum, c]), 'y', 'float32', [1, 2, 8, 8]);
    });
    const layers = selectLayers(findCandidates(cutting), () => false);
    expect(names(layers)).toEqual(['a', 'most', 'b', 'sum', 'c']);
    expect(tensorsToCalibrate(cutting, layers).sort()).toEqual(['a', 'b', 'c', 'plain', 'sum']);
    const ranges = new Map(tensorsToCalibrate(cutting, layers).map((tensor, i) => [tensor, range(i + 1)]));
    const plan = createPlan(layers, withInherited(cutting, layers, ranges));
    const [b, c] = ['b', 'c'].map((name) => layers.find((layer) => layer.name === name)?.inputs[0] ?? '');
    for (const part of [b, c]) expect(plan.quantizationOf(part ?? '')).toEqual(ranges.get('a')?.quantization);
  });

  it('has no tensor without a range', () => {
    expect(() => createPlan([], new Map()).quantizationOf('a')).toThrow('a has no range');
  });
});
