/** Arithmetic on tensors and constants, activations, and Softmax. */
import { type Attribute, float, type Value } from '../../onnx/graph-builder.ts';
import { floatAttribute } from '../graph-model.ts';
import { at, type ConstantOperand, laidOut, type Layout, layoutOf, type Operand, plain, tensor } from '../operand.ts';
import { folded, inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';

type Scalar = (a: number, b: number) => number;

function combine(context: NodeContext, type: string, compute: Scalar): Operand {
  const { g } = context;
  const [a, b] = [inputAt(context, 0), inputAt(context, 1)];
  const shape = broadcastShape(a.shape, b.shape);
  if (a.kind === 'constant' && b.kind === 'constant') return fold(context, a, b, shape, compute);
  const layout = commonLayout(a, b);
  const values = [a, b].map((operand) => laidOut(g, aligned(operand, layout), layout));
  return tensor(g.node(type, values, {}, named(context)), shape, layout);
}

/** Channels-first if one side already is and the other can be; a tensor of lower rank forces plain. */
function commonLayout(a: Operand, b: Operand): Layout {
  const fits = (operand: Operand) => operand.kind === 'constant' || operand.shape.length === 4;
  return fits(a) && fits(b) && [a, b].some((operand) => layoutOf(operand) === 'channels-first')
    ? 'channels-first'
    : 'plain';
}

/** A constant gets its missing leading axes before it is laid out: `[C]` is NHWC's `[1, 1, 1, C]`. */
function aligned(operand: Operand, layout: Layout): Operand {
  if (operand.kind === 'tensor' || layout === 'plain') return operand;
  return { ...operand, shape: [1, 1, 1, 1, ...operand.shape].slice(-4) };
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const sizes = [a, b].map((shape) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = sizes.map((shape) => at(shape, axis));
    if (m === undefined || n === undefined || (m !== n && m !== 1 && n !== 1)) {
      throw new Error(`[${a.join(', ')}] and [${b.join(', ')}] cannot be broadcast together.`);
    }
    return m === 1 ? n : m;
  });
}

/** Sizes and scales that shape arithmetic works out: equal shapes, or one value with many. */
function fold(context: NodeContext, a: ConstantOperand, b: ConstantOperand, shape: number[], compute: Scalar): Operand {
  const length = shape.reduce((product, size) => product * size, 1);
  const read = (operand: ConstantOperand, i: number) => at(operand.data, operand.data.length === 1 ? 0 : i);
  if ([a, b].some(({ data }) => data.length !== 1 && data.length !== length)) {
    throw new Error(`${context.node.op} ${context.node.name}: constants of different shapes are not folded.`);
  }
  const values = Array.from({ length }, (_, i) => compute(read(a, i), read(b, i)));
  return folded(context, shape, values, a.data);
}

type Activation = (context: NodeContext, x: Value) => Value;

const simple =
  (type: string): Activation =>
  (context, x) =>
    context.g.node(type, [x], {}, named(context));

const activations: Readonly<Record<string, Activation>> = {
  Relu: simple('Relu'),
  Relu6: (context, x) => context.g.node('Clip', [x, context.g.scalar(0), context.g.scalar(6)], {}, named(context)),
  LeakyRelu: (context, x) => {
    // Fused into a convolution, the slope has the attribute name of the fusion.
    const slope = 'leakyrelu_alpha' in context.node.attr ? 'leakyrelu_alpha' : 'alpha';
    const alpha: Attribute = float(floatAttribute(context.node, slope, 0.2));
    return context.g.node('LeakyRelu', [x], { alpha }, named(context));
  },
  Elu: simple('Elu'),
  Sigmoid: simple('Sigmoid'),
  Tanh: simple('Tanh'),
};

export function isActivation(name: string): boolean {
  return name in activations;
}

export function activate(context: NodeContext, name: string, x: Value): Value {
  const activation = activations[name];
  if (!activation) throw new Error(`${name} is not an activation that this converter knows.`);
  return activation(context, x);
}

export const elementwiseOps: OpRegistry = {
  Add: (context) => combine(context, 'Add', (a, b) => a + b),
  AddV2: (context) => combine(context, 'Add', (a, b) => a + b),
  BiasAdd: (context) => combine(context, 'Add', (a, b) => a + b),
  Sub: (context) => combine(context, 'Sub', (a, b) => a - b),
  Mul: (context) => combine(context, 'Mul', (a, b) => a * b),
  Maximum: (context) => combine(context, 'Max', Math.max),
  Minimum: (context) => combine(context, 'Min', Math.min),
  ...Object.fromEntries(Object.keys(activations).map((name) => [name, (context) => convertActivation(context, name)])),
  // Along the last axis of the plain layout: along any other, onnxruntime's kernel takes ten times as long.
  Softmax: (context) => {
    const x = inputAt(context, 0);
    const value = context.g.node('Softmax', [plain(context.g, x)], { axis: -1 }, named(context));
    return tensor(value, x.shape, 'plain');
  },
};

function convertActivation(context: NodeContext, name: string): Operand {
  const x = inputAt(context, 0);
  return tensor(activate(context, name, laidOut(context.g, x, layoutOf(x))), x.shape, layoutOf(x));
}
