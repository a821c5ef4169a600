/**
 * The backbone: a ResNet of bottleneck blocks (arXiv 1512.03385) behind DeepLab's stem of three 3x3 convolutions
 * (detectron2's `build_resnet_deeplab_backbone`), as Mask2Former uses it (arXiv 2112.01527, section 4.1).
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { type BackboneArchitecture, type StageArchitecture, stagesOf } from './architecture.ts';
import { foldedConvolution, type Window } from './convolution.ts';
import type { WeightReader } from './weight-reader.ts';

/** Maps [1, channels, h, w]; `res2` at a quarter of the image's size. */
export type BackboneFeatures = Record<'res2' | 'res3' | 'res4' | 'res5', Value>;

/** `image` is [1, 3, height, width]. */
export async function buildBackbone(
  g: GraphBuilder,
  weights: WeightReader,
  architecture: BackboneArchitecture,
  image: Value,
): Promise<BackboneFeatures> {
  const outputs: Value[] = [];
  let x = await buildStem(g, weights.within('stem'), image);
  for (const stage of stagesOf(architecture)) {
    x = await buildStage(g, weights.within(stage.name), stage, architecture.strideIn1x1, x);
    outputs.push(x);
  }
  const [res2 = x, res3 = x, res4 = x, res5 = x] = outputs;
  return { res2, res3, res4, res5 };
}

async function buildStem(g: GraphBuilder, weights: WeightReader, image: Value): Promise<Value> {
  let x = await convolveAndRelu(g, weights.within('conv1'), image, { stride: 2 });
  x = await convolveAndRelu(g, weights.within('conv2'), x);
  x = await convolveAndRelu(g, weights.within('conv3'), x);
  return g.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
}

async function buildStage(
  g: GraphBuilder,
  weights: WeightReader,
  stage: StageArchitecture,
  strideIn1x1: boolean,
  input: Value,
): Promise<Value> {
  let x = input;
  for (const [i, dilation] of stage.dilations.entries()) {
    const first = i === 0;
    x = await buildBlock(g, weights.within(String(i)), x, {
      stride: first ? stage.stride : 1,
      dilation,
      groups: stage.groups,
      strideIn1x1,
      hasShortcut: first && stage.inputWidth !== stage.outputWidth,
    });
  }
  return x;
}

interface Block extends Required<Window> {
  strideIn1x1: boolean;
  /** Whether the input passes a convolution before the sum, because its width changes. */
  hasShortcut: boolean;
}

async function buildBlock(g: GraphBuilder, weights: WeightReader, input: Value, block: Block): Promise<Value> {
  const { stride, dilation, groups, strideIn1x1, hasShortcut } = block;
  let x = await convolveAndRelu(g, weights.within('conv1'), input, { stride: strideIn1x1 ? stride : 1 });
  x = await convolveAndRelu(g, weights.within('conv2'), x, { stride: strideIn1x1 ? 1 : stride, dilation, groups });
  x = await foldedConvolution(g, weights.within('conv3'), x);
  const shortcut = hasShortcut ? await foldedConvolution(g, weights.within('shortcut'), input, { stride }) : input;
  return g.node('Relu', [g.node('Add', [x, shortcut])]);
}

async function convolveAndRelu(g: GraphBuilder, layer: WeightReader, x: Value, window: Window = {}): Promise<Value> {
  return g.node('Relu', [await foldedConvolution(g, layer, x, window)]);
}
