import { describe, expect, it } from 'vitest';
import { convertTestGraph, floats, integers, ints, testGraph, text, texts } from '../../testing/tfjs/tfjs-oracle.ts';

const sameWindow = { padding: text('SAME'), strides: ints(1, 1, 1, 1) };

function opTypes(...args: Parameters<typeof convertTestGraph>): string[] {
  return convertTestGraph(...args).graph.node.map((node) => node.op_type);
}

describe('the converter', () => {
  it('names an unsupported op and its node', () => {
    const graph = testGraph([1, 2, 2, 1], { odd: { op: 'FancyNewOp', input: ['x'] } });
    expect(() => convertTestGraph(graph, 'odd')).toThrow('The op FancyNewOp (node odd) is not one');
  });

  it.each([
    [['FusedBatchNorm'], 'FusedBatchNorm'],
    [['BiasAdd', 'Swish'], 'Swish'],
    [['BiasAdd', 'Relu', 'Relu'], 'Relu'],
  ])('names an unsupported fusion: %j', (fused, named) => {
    const graph = testGraph([1, 4, 4, 1], {
      w: floats(1, 1, 1, 1),
      b: floats(1),
      y: { op: '_FusedConv2D', input: ['x', 'w', 'b'], attr: { ...sameWindow, fused_ops: texts(...fused) } },
    });
    expect(() => convertTestGraph(graph, 'y')).toThrow(`fused with ${named}`);
  });

  it('keeps pictures channels-first through a network, with one transpose, at the output', () => {
    const graph = testGraph([1, 8, 8, 3], {
      w: floats(3, 3, 3, 4),
      c: floats(4),
      pads: integers([4, 2], 0, 0, 1, 1, 1, 1, 0, 0),
      size: integers([2], 16, 16),
      axis: integers([], 3),
      conv: { op: 'Conv2D', input: ['x', 'w'], attr: sameWindow },
      biased: { op: 'Add', input: ['c', 'conv'] },
      padded: { op: 'Pad', input: ['biased', 'pads'] },
      resized: { op: 'ResizeBilinear', input: ['padded', 'size'] },
      joined: { op: 'ConcatV2', input: ['resized', 'resized', 'axis'] },
      y: { op: 'Sigmoid', input: ['joined'] },
    });
    const types = opTypes(graph, 'y');
    expect(types.filter((type) => type === 'Transpose')).toHaveLength(1);
    expect(types.indexOf('Transpose')).toBe(types.indexOf('Sigmoid') + 1);
  });

  it('evaluates shapes during conversion', () => {
    const graph = testGraph([1, 4, 6, 2], {
      begin: integers([1], 1),
      end: integers([1], 2),
      one: integers([1], 1),
      two: integers([], 2),
      shape: { op: 'Shape', input: ['x'] },
      height: { op: 'StridedSlice', input: ['shape', 'begin', 'end', 'one'], attr: { shrink_axis_mask: { i: 1 } } },
      double: { op: 'Mul', input: ['height', 'two'] },
      size: { op: 'Pack', input: ['double', 'double'], attr: { axis: { i: 0 } } },
      y: { op: 'ResizeBilinear', input: ['x', 'size'] },
    });
    expect(opTypes(graph, 'y')).toEqual(['Resize', 'Transpose', 'Identity']);
    const resize = convertTestGraph(graph, 'y').graph;
    expect(resize.output[0]?.type.tensor_type.shape?.dim.map((dim) => dim.dim_value)).toEqual([1, 8, 8, 2]);
  });

  it('leaves out what the outputs do not need', () => {
    const graph = testGraph([1, 2, 2, 1], {
      y: { op: 'Relu', input: ['x'] },
      aside: { op: 'FancyNewOp', input: ['x'] },
    });
    expect(opTypes(graph, 'y')).toEqual(['Relu', 'Transpose', 'Identity']);
  });

  it('refuses a cycle, a missing node, a second output and pictures that are NCHW', () => {
    const cycle = testGraph([1, 2, 2, 1], { a: { op: 'Relu', input: ['b'] }, b: { op: 'Relu', input: ['a'] } });
    expect(() => convertTestGraph(cycle, 'a')).toThrow('needs its own output');
    const missing = testGraph([1, 2, 2, 1], { y: { op: 'Relu', input: ['nowhere'] } });
    expect(() => convertTestGraph(missing, 'y')).toThrow('There is no node nowhere.');
    const second = testGraph([1, 2, 2, 1], { y: { op: 'Relu', input: ['x:1'] } });
    expect(() => convertTestGraph(second, 'y')).toThrow('takes output 1 of x');
    const attr = { ...sameWindow, ksize: ints(1, 2, 2, 1), data_format: text('NCHW') };
    const planes = testGraph([1, 2, 2, 1], { y: { op: 'MaxPool', input: ['x'], attr } });
    expect(() => convertTestGraph(planes, 'y')).toThrow('knows NHWC only');
  });

  it('ignores inputs that only order execution, and the port 0', () => {
    const graph = testGraph([1, 2, 2, 1], { y: { op: 'Relu', input: ['x:0', '^other'] } });
    expect(opTypes(graph, 'y')).toContain('Relu');
  });
});
