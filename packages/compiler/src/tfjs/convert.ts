import type { GraphBuilder, Shape } from '../onnx/graph-builder.ts';
import type { GraphModel, TfNode } from './graph-model.ts';
import { plain, physicalOrder, tensor, type Operand } from './operand.ts';
import { elementwiseOps } from './ops/elementwise.ts';
import { pictureOps } from './ops/picture.ts';
import { reductionOps } from './ops/reduction.ts';
import { shapeOps } from './ops/shape.ts';
import { windowOps } from './ops/window.ts';
import type { OpRegistry } from './registry.ts';

/** Every supported op, by TensorFlow's name. */
const knownOps: OpRegistry = {
  ...elementwiseOps,
  ...pictureOps,
  ...reductionOps,
  ...shapeOps,
  ...windowOps,
};

export interface ConversionSettings {
  /** The placeholders' shapes as TensorFlow has them (NHWC), all sizes fixed, and their names in ONNX. */
  readonly inputs: Readonly<Record<string, { readonly name: string; readonly shape: readonly number[] }>>;
  /** Nodes to output, with their names in ONNX. What none of them needs is left out. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Writes a tfjs graph model into an ONNX graph. Inputs that are pictures (rank 4) are NCHW; outputs have TensorFlow's
 * axes. Throws for an op that is not supported, and names it.
 */
export function convertGraphModel(model: GraphModel, g: GraphBuilder, settings: ConversionSettings): void {
  const done = new Map<string, Operand>();
  for (const node of sortedNodes(model, Object.keys(settings.outputs))) {
    done.set(node.name, convertNode(model, node, g, settings, done));
  }
  for (const [nodeName, name] of Object.entries(settings.outputs)) {
    const operand = done.get(nodeName);
    if (operand) writeOutput(g, operand, name);
  }
}

function convertNode(
  model: GraphModel,
  node: TfNode,
  g: GraphBuilder,
  settings: ConversionSettings,
  done: ReadonlyMap<string, Operand>,
): Operand {
  if (node.op === 'Const') return constant(model, node);
  if (node.op === 'Placeholder') return placeholder(node, g, settings);
  const convert = knownOps[node.op];
  if (!convert) {
    throw new Error(`The op ${node.op} (node ${node.name}) is not one that this converter knows.`);
  }
  const inputs = dataInputs(node).map((name) => {
    const operand = done.get(name);
    if (!operand) throw new Error(`Node ${node.name} needs ${name}, which was not converted.`);
    return operand;
  });
  return convert({ g, node, inputs });
}

function constant(model: GraphModel, node: TfNode): Operand {
  const weight = model.weights.get(node.name);
  if (!weight) throw new Error(`The weights manifest has nothing for ${node.name}.`);
  return { kind: 'constant', name: node.name, shape: weight.shape, data: weight.data };
}

function placeholder(node: TfNode, g: GraphBuilder, settings: ConversionSettings): Operand {
  const input = settings.inputs[node.name];
  if (!input) throw new Error(`No shape was given for the placeholder ${node.name}.`);
  const layout = input.shape.length === 4 ? 'channels-first' : 'plain';
  const shape: Shape = physicalOrder(input.shape, layout);
  return tensor(g.input(input.name, 'float32', shape), input.shape, layout);
}

function writeOutput(g: GraphBuilder, operand: Operand, name: string): void {
  const type = operand.kind === 'tensor' ? operand.type : operand.data instanceof Int32Array ? 'int32' : 'float32';
  g.output(plain(g, operand), name, type, operand.shape);
}

/** The nodes that the outputs need, in topological order. Throws for a missing node and for a cycle. */
function sortedNodes(model: GraphModel, outputs: readonly string[]): TfNode[] {
  const sorted: TfNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // An explicit stack: the networks are hundreds of nodes deep.
  const stack = outputs.map((name) => ({ name, leave: false })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const node = model.nodes.get(top.name);
    if (!node) throw new Error(`There is no node ${top.name}.`);
    if (top.leave) {
      state.set(node.name, 'done');
      sorted.push(node);
      continue;
    }
    if (state.get(node.name) === 'done') continue;
    if (state.get(node.name) === 'open') throw new Error(`Node ${node.name} needs its own output.`);
    state.set(node.name, 'open');
    stack.push({ name: node.name, leave: true });
    for (const name of dataInputs(node)) if (state.get(name) !== 'done') stack.push({ name, leave: false });
  }
  return sorted;
}

/** Names of the nodes that a node reads; `^name` only orders execution. */
function dataInputs(node: TfNode): string[] {
  return node.input.filter((input) => !input.startsWith('^')).map((input) => nodeNameOf(node, input));
}

function nodeNameOf(node: TfNode, input: string): string {
  const [name = '', port = '0'] = input.split(':');
  if (port !== '0') throw new Error(`Node ${node.name} takes output ${port} of ${name}; only first outputs are known.`);
  return name;
}
