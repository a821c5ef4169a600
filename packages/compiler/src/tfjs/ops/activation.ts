/** Functions of one value each, and Softmax. */
import { float, type Attribute, type Value } from '../../onnx/graph-builder.ts';
import { floatAttribute } from '../attributes.ts';
import { laidOut, layoutOf, plain, tensor, type Operand } from '../operand.ts';
import { inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';

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
  if (!activation) throw new Error(`${name} is no activation that this converter knows.`);
  return activation(context, x);
}

export const activationOps: OpRegistry = {
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
