import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TfNode } from './graph-model.ts';
import { at, type ConstantOperand, type Operand } from './operand.ts';

/** A node on its way into the ONNX graph: what it is and what flows into it. */
export interface NodeContext {
  readonly g: GraphBuilder;
  readonly node: TfNode;
  readonly inputs: readonly Operand[];
}

/** Writes one TensorFlow op as ONNX nodes, or works it out where all it needs is constant. */
export type OpConverter = (context: NodeContext) => Operand;

export type OpRegistry = Readonly<Record<string, OpConverter>>;

export function inputAt({ node, inputs }: NodeContext, index: number): Operand {
  const input = inputs[index];
  if (!input) throw new Error(`${node.op} ${node.name} has no input ${index}.`);
  return input;
}

export function constantAt(context: NodeContext, index: number): ConstantOperand {
  const input = inputAt(context, index);
  if (input.kind === 'constant') return input;
  throw new Error(`Input ${index} of ${context.node.op} ${context.node.name} has to be constant.`);
}

export function scalarAt(context: NodeContext, index: number): number {
  return at(constantAt(context, index).data, 0);
}

/** The names of ONNX nodes are those of TensorFlow, so that a profile of the one can be read beside the other. */
export function named({ node }: NodeContext): { name: string } {
  return { name: node.name };
}

/** A constant that conversion worked out. */
export function folded(
  { node }: NodeContext,
  shape: readonly number[],
  values: ArrayLike<number>,
  like: Float32Array | Int32Array,
): ConstantOperand {
  const data = like instanceof Int32Array ? Int32Array.from(values) : Float32Array.from(values);
  return { kind: 'constant', name: node.name, shape, data };
}
