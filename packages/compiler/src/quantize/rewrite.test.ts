import { describe, expect, it } from 'vitest';
import { createGraph, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import type { ModelProto } from '../onnx/onnx-schema.ts';
import type { ChosenRange } from './histogram.ts';
import { findCandidates } from './layers.ts';
import { quantizationFor, type WeightBits } from './parameters.ts';
import { createPlan, selectLayers, tensorsToCalibrate, withInherited } from './plan.ts';
import { rewriteGraph } from './rewrite.ts';
import { addConvolution, type Input, randomFloats, runModel, smallGraph } from '../../testing/quantize/small-graph.ts';

/** Runs a graph unchanged and in 8 bits, with the ranges that its own tensors have on this very input. */
async function compare(
  input: Input,
  write: (g: GraphBuilder, x: Value) => Value,
  bits: WeightBits = 8,
): Promise<{ ops: string[]; error: number; model: ModelProto; found: Float32Array }> {
  const graph = smallGraph((g) =>
    g.output(
      write(g, g.input('x', 'float32', input.shape)),
      'y',
      'float32',
      ['a', 'b', 'c', 'd'].slice(-input.shape.length),
    ),
  );
  const layers = selectLayers(findCandidates(graph), () => false);
  const ranges = await measureRanges(graph.model, tensorsToCalibrate(graph, layers), input);
  const g = createGraph({ name: 'int8' });
  rewriteGraph({ g, graph, bits }, createPlan(layers, withInherited(graph, layers, ranges)));
  const model = g.build();
  const { y: expected = new Float32Array() } = await runModel(graph.model, { x: input });
  const { y: found = new Float32Array() } = await runModel(model, { x: input });
  expect(found).toHaveLength(expected.length);
  const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  const difference = found.map((value, i) => value - (expected[i] ?? NaN));
  const error = Math.sqrt(squares(difference) / squares(expected));
  return { ops: model.graph.node.map(({ op_type: type }) => type), error, model, found };
}

async function measureRanges(
  model: ModelProto,
  tensors: readonly string[],
  input: Input,
): Promise<Map<string, ChosenRange>> {
  const shape = { dim: ['n', 'c', 'h', 'w'].map((axis) => ({ dim_param: axis })) };
  const output = tensors
    .filter((name) => name !== 'x')
    .map((name) => ({ name, type: { tensor_type: { elem_type: 1, shape } } }));
  const probed = { ...model, graph: { ...model.graph, output: [...model.graph.output, ...output] } };
  const values = { ...(await runModel(probed, { x: input })), x: input.data };
  return new Map(
    tensors.map((name) => {
      const data = values[name as keyof typeof values] ?? new Float32Array();
      const quantization = quantizationFor({ low: Math.min(...data), high: Math.max(...data) });
      return [name, { method: 'min-max', quantization }];
    }),
  );
}

/** Of storing what goes in, the weights and the result in 8 bits: about three roundings of 1/255 of a range each. */
const mostError = 0.02;

const map: Input = { data: randomFloats('x', 8 * 10 * 12), shape: [1, 8, 10, 12] };
/** No convolution of a graph's own input is quantized. */
const tanh = (g: GraphBuilder, x: Value) => g.node('Tanh', [x]);
const conv = (g: GraphBuilder, x: Value, name: string) => addConvolution(g, x, [8, 8], { name });

describe('in 8 bits, close to float32, is', () => {
  it('a convolution', async () => {
    const { ops, error, model } = await compare(map, (g, x) => conv(g, tanh(g, x), 'c'));
    expect(ops).toEqual(['Tanh', 'QuantizeLinear', 'QLinearConv', 'DequantizeLinear', 'Identity']);
    expect(error).toBeLessThan(mostError);
    expect(error).toBeGreaterThan(0);
    expect(model.graph.initializer.map(({ name }) => name)).not.toContain('c/w');
  });

  it('a convolution with its ReLU', async () => {
    const { ops, error, found } = await compare(map, (g, x) => g.node('Relu', [conv(g, tanh(g, x), 'c')]));
    expect(ops).not.toContain('Relu');
    expect(error).toBeLessThan(mostError);
    expect(Math.min(...found)).toBe(0);
  });

  it('a depthwise convolution', async () => {
    const { ops, error } = await compare(map, (g, x) => addConvolution(g, tanh(g, x), [8, 1], { name: 'c', group: 8 }));
    expect(ops).toContain('QLinearConv');
    expect(error).toBeLessThan(mostError);
  });

  it('a sum with its ReLU', async () => {
    const { ops, error, found } = await compare(map, (g, x) => {
      const a = conv(g, tanh(g, x), 'a');
      return g.node('Relu', [g.node('Add', [a, conv(g, a, 'b')])]);
    });
    expect(ops.filter((op) => op === 'QLinearConv' || op === 'QLinearAdd' || op === 'Relu')).toEqual([
      'QLinearConv',
      'QLinearConv',
      'QLinearAdd',
    ]);
    expect(error).toBeLessThan(mostError);
    expect(Math.min(...found)).toBe(0);
  });

  it('a concatenation of tensors of different ranges', async () => {
    const { ops, error } = await compare(map, (g, x) => {
      const a = conv(g, tanh(g, x), 'a');
      return g.node('Concat', [a, conv(g, a, 'b')], { axis: 1 });
    });
    expect(ops).toContain('QLinearConcat');
    expect(error).toBeLessThan(mostError);
  });

  it('a concatenation of float32 tensors that a convolution reads, stored as its result is', async () => {
    const { ops, error } = await compare(map, (g, x) => {
      const parts = [g.node('Sigmoid', [x]), tanh(g, x)];
      return addConvolution(g, g.node('Concat', parts, { axis: 1 }), [8, 16], { name: 'c' });
    });
    expect(ops.slice(2)).toEqual([
      ...['QuantizeLinear', 'QuantizeLinear', 'QLinearConcat', 'QLinearConv', 'DequantizeLinear', 'Identity'],
    ]);
    expect(error).toBeLessThan(mostError);
  });

  it('what is cut into parts, each made float32 where it is read', async () => {
    const { ops, error } = await compare(map, (g, x) => {
      const [a, b] = g.nodes('Split', [conv(g, tanh(g, x), 'c')], 2, { axis: 1, num_outputs: 2 });
      return g.node('Mul', [a ?? x, b ?? x]);
    });
    expect(ops.slice(2)).toEqual([
      ...['QLinearConv', 'Split', 'DequantizeLinear', 'DequantizeLinear', 'Mul', 'Identity'],
    ]);
    expect(error).toBeLessThan(mostError);
  });

  it('a part, read by a convolution as it was cut', async () => {
    const { ops, error } = await compare(map, (g, x) => {
      const [a, b] = g.nodes('Split', [conv(g, tanh(g, x), 'c')], 2, { axis: 1, num_outputs: 2 });
      return g.node('Concat', [addConvolution(g, a ?? x, [8, 4], { name: 'd' }), g.node('Sigmoid', [b ?? x])], {
        axis: 1,
      });
    });
    expect(ops.slice(2)).toEqual([
      ...[
        'QLinearConv',
        'Split',
        'QLinearConv',
        'DequantizeLinear',
        'Sigmoid',
        'DequantizeLinear',
        'Concat',
        'Identity',
      ],
    ]);
    expect(error).toBeLessThan(mostError);
  });

  it('a tensor that several matrices multiply, made u8 once', async () => {
    const input = { data: randomFloats('x', 20 * 16), shape: [20, 16] };
    const { ops, error } = await compare(input, (g, x) => {
      const products = ['v', 'w'].map((name) =>
        g.node('Gemm', [x, g.constant(name, randomFloats(name, 16 * 12), [16, 12])]),
      );
      return g.node('Concat', products, { axis: 0 });
    });
    expect(ops).toEqual([
      ...['DynamicQuantizeLinear', 'MatMulIntegerToFloat', 'MatMulIntegerToFloat', 'Concat', 'Identity'],
    ]);
    expect(error).toBeLessThan(mostError);
  });

  it('a maximum', async () => {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const { ops, error } = await compare(map, (g, x) => g.node('MaxPool', [conv(g, tanh(g, x), 'a')], attributes));
    expect(ops.slice(-4)).toEqual(['QLinearConv', 'MaxPool', 'DequantizeLinear', 'Identity']);
    expect(error).toBeLessThan(mostError);
  });

  it.each([
    ['x · W', {}, false, [16, 12], [12]],
    ['x · Wᵀ', { transB: 1 }, false, [12, 16], [1, 12]],
    ['xᵀ · W', { transA: 1 }, false, [20, 12], [12]],
    ['xᵀ · Wᵀ', { transA: 1, transB: 1 }, false, [12, 20], [12]],
    ['W · x', {}, true, [12, 20], [12, 1]],
    ['W · xᵀ', { transB: 1 }, true, [12, 16], [12, 1]],
    ['Wᵀ · x', { transA: 1 }, true, [20, 12], [12, 1]],
    ['Wᵀ · xᵀ', { transA: 1, transB: 1 }, true, [16, 12], [12, 1]],
  ] as const)('a matrix in the form %s', async (_, attributes, weightFirst, [rows, columns], biasShape) => {
    const input = { data: randomFloats('x', 20 * 16), shape: [20, 16] };
    const { ops, error } = await compare(input, (g, x) => {
      const weight = g.constant('w', randomFloats('w', rows * columns), [rows, columns]);
      const bias = g.constant('b', randomFloats('b', 12), biasShape);
      return g.node('Gemm', weightFirst ? [weight, x, bias] : [x, weight, bias], attributes);
    });
    expect(ops).not.toContain('Gemm');
    expect(error).toBeLessThan(mostError);
    expect(error).toBeGreaterThan(0);
  });

  it('a matrix without a bias', async () => {
    const input = { data: randomFloats('x', 20 * 16), shape: [20, 16] };
    const { ops, error } = await compare(input, (g, x) =>
      g.node('Gemm', [x, g.constant('w', randomFloats('w', 48), [16, 3])]),
    );
    expect(ops).toEqual(['DynamicQuantizeMatMul', 'Identity']);
    expect(error).toBeLessThan(mostError);
  });
});

describe('with weights of 7 bits', () => {
  it('no stored weight is beyond 63, and the result is still close', async () => {
    const { error, model } = await compare(map, (g, x) => conv(g, tanh(g, x), 'c'), 7);
    const weight = model.graph.initializer.find(({ name }) => name === 'c/int8/weight')?.raw_data;
    const stored = Int8Array.from(weight ?? []);
    expect(Math.max(...stored.map(Math.abs))).toBe(63);
    expect(error).toBeLessThan(mostError);
  });
});

it('what belongs to no layer is copied unchanged', async () => {
  const { ops, error } = await compare(map, (g, x) => {
    const [left, right] = g.nodes('Split', [conv(g, x, 'first')], 2, { axis: 1, num_outputs: 2 });
    return g.node('LeakyRelu', [g.node('Mul', [left, right])], { alpha: { float: 0.25 } });
  });
  expect(ops).toEqual(['Conv', 'Split', 'Mul', 'LeakyRelu', 'Identity']);
  expect(error).toBe(0);
});

it('a tensor that both float32 and u8 read is stored in u8 once', async () => {
  const { ops } = await compare(map, (g, x) => {
    const t = tanh(g, x);
    return g.node('Mul', [g.node('Mul', [conv(g, t, 'a'), conv(g, t, 'b')]), t]);
  });
  expect(ops.filter((op) => op === 'QuantizeLinear')).toHaveLength(1);
});

it('an optional input that is left out stays left out', () => {
  const graph = smallGraph((g) => {
    const c = conv(g, tanh(g, g.input('x', 'float32', map.shape)), 'c');
    const [a, b] = g.nodes('Split', [c, { name: '' }], 2, { axis: 1 });
    g.output(g.node('Mul', [a, b]), 'y', 'float32', [1, 4, 10, 12]);
  });
  const layers = new Map(selectLayers(findCandidates(graph), () => false).map((layer) => [layer.node, layer]));
  const g = createGraph({ name: 'int8' });
  rewriteGraph({ g, graph, bits: 8 }, { layers, quantizationOf: () => ({ scale: 1, zeroPoint: 0 }) });
  expect(
    g
      .build()
      .graph.node.find(({ op_type: type }) => type === 'Split')
      ?.input.slice(1),
  ).toEqual(['']);
});
