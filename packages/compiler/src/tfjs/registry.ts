import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { TfNode } from './graph-model.ts';
import { at, type ConstantOperand, type Operand } from './operand.ts';

/** A node to convert, and its converted inputs. */
export interface NodeContext {
  readonly g: GraphBuilder;
  readonly node: TfNode;
  readonly inputs: readonly Operand[];
}

/** Writes one TensorFlow op as ONNX nodes, or evaluates it if everything it needs is constant. */
type OpConverter = (context: NodeContext) => Operand;

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

/** ONNX nodes keep TensorFlow's names, so that profiles of both can be compared. */
export function named({ node }: NodeContext): { name: string } {
  return { name: node.name };
}

/** A constant that the conversion evaluated. */
export function folded(
  { node }: NodeContext,
  shape: readonly number[],
  values: ArrayLike<number>,
  like: Float32Array | Int32Array,
): ConstantOperand {
  const data = like instanceof Int32Array ? Int32Array.from(values) : Float32Array.from(values);
  return { kind: 'constant', name: node.name, shape, data };
}
