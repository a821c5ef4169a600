import { at, channelsFirst, tensor, type Operand } from '../operand.ts';
import { inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';
import { pictureAxes, readWindow } from '../window.ts';

export const poolingOps: OpRegistry = {
  MaxPool: (context) => pool(context, 'MaxPool'),
  // TensorFlow's average leaves padding out, as ONNX does with `count_include_pad` at its default of 0.
  AvgPool: (context) => pool(context, 'AveragePool'),
};

function pool(context: NodeContext, type: string): Operand {
  const { g, node } = context;
  const x = inputAt(context, 0);
  const kernel = pictureAxes(node, 'ksize');
  const { strides, pads, output } = readWindow(node, x.shape, kernel);
  const value = g.node(type, [channelsFirst(g, x)], { kernel_shape: kernel, strides, pads }, named(context));
  return tensor(value, [at(x.shape, 0), ...output, at(x.shape, 3)], 'channels-first');
}
