/**
 * The backbone: a ResNet of bottleneck blocks (arXiv 1512.03385) behind DeepLab's stem of three 3x3 convolutions
 * (detectron2's `build_resnet_deeplab_backbone`), as Mask2Former uses it (arXiv 2112.01527, section 4.1), or its own of
 * one 7x7 convolution.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { type BackboneArchitecture, blockCounts } from './architecture.ts';
import { type ConvolutionShape, foldedConvolution, type Window } from './convolution.ts';
import type { Weights } from './weights.ts';

/** Maps [1, channels, h, w]; `res2` at a quarter of the image's size. */
export type BackboneFeatures = Record<'res2' | 'res3' | 'res4' | 'res5', Value>;

/** `image` is [1, 3, height, width]. */
export function buildBackbone(
  g: GraphBuilder,
  weights: Weights,
  architecture: BackboneArchitecture,
  image: Value,
): BackboneFeatures {
  const outputs: Value[] = [];
  let x = buildStem(g, weights.within('stem'), architecture, image);
  for (const stage of stagesOf(architecture)) {
    x = buildStage(g, weights.within(stage.name), stage, x);
    outputs.push(x);
  }
  const [res2 = x, res3 = x, res4 = x, res5 = x] = outputs;
  return { res2, res3, res4, res5 };
}

/** One of res2 to res5. */
interface Stage {
  readonly name: string;
  readonly inputWidth: number;
  readonly bottleneckWidth: number;
  readonly outputWidth: number;
  readonly groups: number;
  /** Of the first block. */
  readonly stride: 1 | 2;
  readonly strideIn1x1: boolean;
  /** One per block. */
  readonly dilations: readonly number[];
}

function stagesOf(backbone: BackboneArchitecture): Stage[] {
  const { depth, stemWidth, res2Width, groups, widthPerGroup, strideIn1x1, res5MultiGrid } = backbone;
  const stageDilations = [1, 1, backbone.res4Dilation, backbone.res5Dilation];
  return blockCounts[depth].map((blocks, i) => {
    const dilation = stageDilations[i] ?? 1;
    return {
      name: `res${i + 2}`,
      inputWidth: i === 0 ? stemWidth : res2Width * 2 ** (i - 1),
      bottleneckWidth: groups * widthPerGroup * 2 ** i,
      outputWidth: res2Width * 2 ** i,
      groups,
      stride: i === 0 || dilation > 1 ? 1 : 2,
      strideIn1x1,
      dilations: i === 3 ? res5MultiGrid.map((factor) => dilation * factor) : Array<number>(blocks).fill(dilation),
    };
  });
}

function buildStem(g: GraphBuilder, weights: Weights, { stem, stemWidth }: BackboneArchitecture, image: Value): Value {
  const first = weights.within('conv1');
  let x: Value;
  if (stem === 'basic') x = convolveAndRelu(g, first, [stemWidth, 3, 7, 7], image, { stride: 2 });
  else {
    const half = stemWidth / 2;
    x = convolveAndRelu(g, first, [half, 3, 3, 3], image, { stride: 2 });
    x = convolveAndRelu(g, weights.within('conv2'), [half, half, 3, 3], x);
    x = convolveAndRelu(g, weights.within('conv3'), [stemWidth, half, 3, 3], x);
  }
  return g.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
}

function buildStage(g: GraphBuilder, weights: Weights, stage: Stage, input: Value): Value {
  let x = input;
  for (const [i, dilation] of stage.dilations.entries()) {
    const block: Block =
      i === 0 ? { ...stage, dilation } : { ...stage, dilation, stride: 1, inputWidth: stage.outputWidth };
    x = buildBlock(g, weights.within(String(i)), block, x);
  }
  return x;
}

interface Block extends Stage {
  readonly dilation: number;
}

function buildBlock(g: GraphBuilder, weights: Weights, block: Block, input: Value): Value {
  const { inputWidth, bottleneckWidth: width, outputWidth, stride, strideIn1x1, dilation, groups } = block;
  const [stride1, stride2] = strideIn1x1 ? [stride, 1] : [1, stride];
  let x = convolveAndRelu(g, weights.within('conv1'), [width, inputWidth, 1, 1], input, { stride: stride1 });
  const window = { stride: stride2, dilation, groups };
  x = convolveAndRelu(g, weights.within('conv2'), [width, width / groups, 3, 3], x, window);
  x = foldedConvolution(g, weights.within('conv3'), [outputWidth, width, 1, 1], x);
  const shortcut =
    inputWidth === outputWidth
      ? input
      : foldedConvolution(g, weights.within('shortcut'), [outputWidth, inputWidth, 1, 1], input, { stride });
  return g.node('Relu', [g.node('Add', [x, shortcut])]);
}

function convolveAndRelu(
  g: GraphBuilder,
  layer: Weights,
  shape: ConvolutionShape,
  x: Value,
  window: Window = {},
): Value {
  return g.node('Relu', [foldedConvolution(g, layer, shape, x, window)]);
}
