import { describe, expect, it } from 'vitest';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { float } from '../onnx/graph-builder.ts';
import { findCandidates, type MatrixLayer } from './layers.ts';
import { addConvolution, randomFloats, smallGraph } from '../../testing/quantize/small-graph.ts';

const shape = [1, 2, 8, 8];

function candidates(write: (g: GraphBuilder, x: Value) => Value) {
  const graph = smallGraph((g) => g.output(write(g, g.input('x', 'float32', shape)), 'y', 'float32', shape));
  return findCandidates(graph);
}

/** What is found, in short: the layer's kind or why it stays float32. */
function summary(write: (g: GraphBuilder, x: Value) => Value) {
  return candidates(write).map(
    ({ node, layer, keptFloat }) => `${node.name}: ${keptFloat ?? layer?.kind}${withRelu(layer)}`,
  );
}

function withRelu(layer: ReturnType<typeof candidates>[number]['layer']): string {
  return layer && 'relu' in layer && layer.relu ? ' + relu' : '';
}

const relu = (g: GraphBuilder, value: Value, name = 'relu') => g.node('Relu', [value], {}, { name });
const conv = (g: GraphBuilder, value: Value, name: string) => addConvolution(g, value, [2, 2], { name });

describe('a convolution', () => {
  it('includes its ReLU, and its output is that of the ReLU', () => {
    const [found] = candidates((g, x) => relu(g, conv(g, g.node('Sigmoid', [x]), 'c')));
    expect(found?.layer).toMatchObject({ kind: 'convolution', output: 'relu', weight: 'c/w', bias: 'c/b' });
    expect(found?.keptFloat).toBeUndefined();
  });

  it('leaves its ReLU out if something else reads the input of the ReLU', () => {
    expect(
      summary((g, x) => {
        const c = conv(g, g.node('Sigmoid', [x]), 'c');
        return g.node('Mul', [relu(g, c), c]);
      }),
    ).toEqual(['c: convolution']);
  });

  it('leaves its ReLU out if its own result is an output of the network', () => {
    expect(
      summary((g, x) => {
        const c = conv(g, g.node('Sigmoid', [x]), 'c');
        g.output(c, 'before', 'float32', shape);
        return relu(g, c);
      }),
    ).toEqual(['c: convolution']);
  });

  it('that reads the image stays float32', () => {
    expect(summary((g, x) => conv(g, conv(g, x, 'first'), 'second'))).toEqual([
      'first: reads the image',
      'second: convolution',
    ]);
  });

  it('whose weights are computed stays float32', () => {
    expect(
      summary((g, x) => {
        const weight = g.node('Relu', [g.constant('w', randomFloats('w', 4), [2, 2, 1, 1])]);
        return g.node('Conv', [x, weight], {}, { name: 'c' });
      }),
    ).toEqual(['c: has weights that are computed']);
  });
});

describe('what joins tensors', () => {
  it('is a sum with its ReLU, a concatenation or a maximum', () => {
    expect(
      summary((g, x) => {
        const [a, b] = [g.node('Sigmoid', [x]), g.node('Tanh', [x])];
        const sum = relu(g, g.node('Add', [a, b], {}, { name: 'sum' }));
        const most = g.node('MaxPool', [sum], { kernel_shape: [1, 1] }, { name: 'most' });
        return g.node('Concat', [most, sum], { axis: 1 }, { name: 'both' });
      }),
    ).toEqual(['sum: sum + relu', 'most: maximum', 'both: concatenation']);
  });

  it('is not a sum with a constant', () => {
    expect(summary((g, x) => g.node('Add', [x, g.scalar(1)]))).toEqual([]);
  });
});

describe('a product', () => {
  const matrix = (attributes: Record<string, number>, weightFirst: boolean, weightShape: [number, number]) =>
    candidates((g, x) => {
      const input = g.node('Reshape', [x, g.ints([8, 16])]);
      const weight = g.constant('w', randomFloats('w', weightShape[0] * weightShape[1]), weightShape);
      return g.node('Gemm', weightFirst ? [weight, input] : [input, weight], attributes, { name: 'm' });
    })[0]?.layer as MatrixLayer;

  it.each([
    ['x · W', {}, false, [16, 3], { weightByRow: false, inputTransposed: false, outputTransposed: false }],
    ['x · Wᵀ', { transB: 1 }, false, [3, 16], { weightByRow: true, inputTransposed: false, outputTransposed: false }],
    ['xᵀ · W', { transA: 1 }, false, [8, 3], { weightByRow: false, inputTransposed: true, outputTransposed: false }],
    ['W · x', {}, true, [3, 8], { weightByRow: true, inputTransposed: true, outputTransposed: true }],
    ['W · xᵀ', { transB: 1 }, true, [3, 16], { weightByRow: true, inputTransposed: false, outputTransposed: true }],
    ['Wᵀ · x', { transA: 1 }, true, [8, 3], { weightByRow: false, inputTransposed: true, outputTransposed: true }],
  ] as const)('%s is read in its own form', (_, attributes, weightFirst, weightShape, form) => {
    const features = form.inputTransposed ? 8 : 16;
    const expected = { ...form, weight: 'w', inFeatures: features, outFeatures: 3 };
    expect(matrix(attributes, weightFirst, [...weightShape])).toMatchObject(expected);
  });

  const gemm = (inputs: (g: GraphBuilder, x: Value) => Value[], attributes = {}) =>
    summary((g, x) => {
      const input = g.node('Reshape', [x, g.ints([8, 16])]);
      return g.node('Gemm', inputs(g, input), attributes, { name: 'm' });
    });

  it('stays float32 if it is scaled, of two activations, or has a bias for each row', () => {
    const weight = (g: GraphBuilder) => g.constant('w', randomFloats('w', 48), [16, 3]);
    const rows = (g: GraphBuilder) => g.constant('b', randomFloats('b', 8), [8, 1]);
    expect(gemm((g, x) => [x, weight(g)], { alpha: float(0.5) })).toEqual(['m: scales its result']);
    expect(gemm((_, x) => [x, x], { transB: 1 })).toEqual(['m: multiplies two activations']);
    expect(gemm((g, x) => [x, weight(g), rows(g)])).toEqual(['m: has a bias for each row']);
  });

  it('stays float32 if it says where to sample', () => {
    const found = summary((g, x) => {
      const tokens = g.node('Reshape', [x, g.ints([64, 2])]);
      const product = (name: string, features: number) => {
        const weight = g.constant(`${name}/w`, randomFloats(name, 2 * features), [2, features]);
        return g.node('Gemm', [tokens, weight], {}, { name });
      };
      const map = (value: Value, channels: number) => {
        return g.node('Reshape', [g.node('Transpose', [value], { perm: [1, 0] }), g.ints([1, channels, 8, 8])]);
      };
      const offsets = map(product('offsets', 2), 2);
      const weights = map(g.node('Softmax', [product('weights', 1)], { axis: 1 }), 1);
      const kernel = g.constant('kernel', new Float32Array(4).fill(1), [2, 2, 1, 1]);
      return g.node(
        'DeformConv',
        [map(product('values', 2), 2), kernel, offsets, undefined, weights],
        {},
        { name: 'd' },
      );
    });
    expect(found).toEqual([
      'offsets: says where to sample',
      'weights: says where to sample',
      'values: matrix',
      'd: samples between pixels',
    ]);
  });
});
