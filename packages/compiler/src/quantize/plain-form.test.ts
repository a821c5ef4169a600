import { describe, expect, test } from 'vitest';
import { runModel } from '../../testing/quantize/small-graph.ts';
import { decodeModel, encodeModel, type ModelProto, type NodeProto, type TensorProto } from '../onnx/onnx-schema.ts';
import { findCandidates } from './layers.ts';
import { indexGraph } from './float-graph.ts';
import { toPlainForm } from './plain-form.ts';

const value = (name: string) => ({ name, type: { tensor_type: { elem_type: 1 } } });
const node = (op_type: string, input: string[], output: string[], attribute: NodeProto['attribute'] = []): NodeProto =>
  ({ op_type, input, output, attribute }) as unknown as NodeProto;

/** A graph as others write it: nodes without names, constants as nodes and as lists of numbers, no shapes. */
function foreign(nodes: NodeProto[], initializer: TensorProto[], version = 13, domain = ''): ModelProto {
  const graph = { name: 'g', node: nodes, initializer, input: [value('x')], output: [value('y')], value_info: [] };
  return { ir_version: 8, producer_name: 'other', opset_import: [{ domain, version }], graph };
}

const matrix: TensorProto = { name: 'w', dims: [2, 3], data_type: 1, float_data: [1, 2, 3, 4, 5, 6] };
const bias = node(
  'Constant',
  [],
  ['b'],
  [{ name: 'value', type: 4, t: { name: '', dims: [3], data_type: 1, float_data: [10, 20, 30] } }],
);
const product = [bias, node('MatMul', ['x', 'w'], ['m']), node('Add', ['m', 'b'], ['y'])];

describe('a graph of another exporter', () => {
  test('computes the same in plain form: constants as bytes, nodes with names, outputs of their own', async () => {
    const model = foreign(product, [matrix], 13, 'ai.onnx');
    const plain = toPlainForm(decodeModel(encodeModel(model)));
    expect(plain.graph.node.map(({ op_type, name, output }) => [op_type, name, output])).toEqual([
      ['MatMul', 'MatMul/m', ['m']],
      ['Add', 'Add/y', ['y/value']],
      ['Identity', 'y/out', ['y']],
    ]);
    expect(plain.graph.initializer.map(({ name, raw_data: raw }) => [name, raw?.length])).toEqual([
      ['w', 24],
      ['b', 12],
    ]);
    const x = { data: Float32Array.of(1, 1), shape: [1, 2] };
    const found = await runModel(plain, { x });
    expect(found['y']).toEqual(Float32Array.of(15, 27, 39));
  });

  test('has products with a constant as matrices to quantize', () => {
    const graph = indexGraph(toPlainForm(foreign(product, [matrix])), '.');
    expect(findCandidates(graph)).toMatchObject([
      { layer: { kind: 'matrix', weight: 'w', inFeatures: 2, outFeatures: 3 }, keptFloat: undefined },
    ]);
  });
});

describe('refused, with the reason', () => {
  test.each([
    [foreign(product, [matrix], 10), 'operator set 10, and sets 11 to'],
    [
      foreign([node('If', ['x'], ['y'], [{ name: 'then_branch', type: 5, g: foreign([], []).graph }])], []),
      'control flow (If)',
    ],
    [foreign([node('QuantizeLinear', ['x', 'w'], ['y'])], [matrix]), 'quantized already (QuantizeLinear)'],
    [{ ...foreign(product, [matrix]), functions: [{ name: 'Block' }] }, 'functions of its own (Block)'],
  ])('%#', (model, message) => {
    expect(() => toPlainForm(model)).toThrow(expect.objectContaining({ code: 'invalid_request' }) as Error);
    expect(() => toPlainForm(model)).toThrow(message);
  });
});
