/**
 * The pixel decoder: Mask2Former's multi-scale deformable one (arXiv 2112.01527, section 3.2.2). res5, res4 and res3
 * are brought to one width, pass an encoder of deformable attention as one sequence of tokens, and come out as the
 * multi-scale features; one step of a feature pyramid takes the finest to a quarter of the image's size, where the
 * masks are.
 */
// `!` below: loops over the parts of the channels, and over weights within their lengths.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { type Architecture, levels, type PixelDecoderArchitecture, stageWidth } from './architecture.ts';
import {
  biasedConvolution,
  type ChannelRange,
  channelRanges,
  convolution,
  groupNorm,
  plainConvolution,
} from './convolution.ts';
import { deformableAttention } from './deformable-attention.ts';
import { type FeatureLevel, mapSize, type PixelFeatures, reshape, resizeMap } from './feature-map.ts';
import { addAndNorm, vectorConstant } from './linear.ts';
import { createPositionEncoder } from './position-encoding.ts';
import type { BackboneFeatures } from './resnet.ts';
import { createTokenGrid, type TokenGrid } from './token-grid.ts';
import type { Weight, Weights } from './weights.ts';

export function buildPixelDecoder(
  g: GraphBuilder,
  weights: Weights,
  { backbone, pixelDecoder }: Pick<Architecture, 'backbone' | 'pixelDecoder'>,
  features: BackboneFeatures,
): PixelFeatures {
  const { width, layers } = pixelDecoder;
  const maps = ([5, 4, 3] as const).map((stage, k) => {
    const projection = weights.within(`input_proj.${k}`);
    const shape = [width, stageWidth(backbone, stage), 1, 1] as const;
    const projected = biasedConvolution(g, projection.within('0'), shape, features[`res${stage}`]);
    return groupNorm(g, projection.within('1'), width, projected);
  });
  const grid = createTokenGrid(g, maps);
  let src = grid.join(maps.map((map) => toTokens(g, map, width)));
  const position = encodePositions(g, weights.within('transformer'), width, grid);
  for (let i = 0; i < layers; i++) {
    const layer = weights.within(`transformer.encoder.layers.${i}`);
    src = encoderLayer(g, layer, pixelDecoder, grid, { src, position });
  }
  const outputs = grid.levels.map(({ size, start, end }) => ({
    size,
    tokens: g.node('Slice', [src, start, end, g.ints([0])]),
  }));
  const widths = { res2: stageWidth(backbone, 2), width };
  return { levels: outputs, finest: buildFeaturePyramid(g, weights, widths, features.res2, outputs) };
}

/** [1, width, h, w] → [h * w, width] */
function toTokens(g: GraphBuilder, map: Value, width: number): Value {
  return g.node('Transpose', [reshape(g, map, [width, -1])], { perm: [1, 0] });
}

/** Sine encodings, and a learned vector that identifies the level. */
function encodePositions(g: GraphBuilder, weights: Weights, width: number, grid: TokenGrid): Value {
  const embed = weights.tensor('level_embed', [levels.length, width]);
  const encoder = createPositionEncoder(g, width);
  return grid.join(
    levels.map((k) => {
      const level = grid.levels[k];
      if (level === undefined) throw new Error(`level ${k} has no map`);
      const read = async () => (await embed.read()).subarray(k * width, (k + 1) * width);
      return encoder.encode(level.size, g.deferredConstant(`${embed.name}.${k}`, read, [width]));
    }),
  );
}

function encoderLayer(
  g: GraphBuilder,
  layer: Weights,
  architecture: PixelDecoderArchitecture,
  grid: TokenGrid,
  { src, position }: { src: Value; position: Value },
): Value {
  const { width } = architecture;
  const query = g.node('Add', [src, position]);
  const attention = deformableAttention(g, layer.within('self_attn'), architecture, grid, { src, query });
  const x = addAndNorm(g, layer.within('norm1'), width, src, attention);
  return addAndNorm(g, layer.within('norm2'), width, x, gridFeedForward(g, layer, architecture, grid, x));
}

/** The hidden units of the encoder's feed-forward are computed in this many parts: all at once are four maps wide. */
const hiddenParts = 2;

/**
 * `linear2(relu(linear1(x)))` on the tokens of a grid, [N, width], as 1x1 convolutions: for 10,800 tokens onnxruntime's
 * blocked convolutions take 0.78x the time of its Gemm, including the transposition of the tokens, which it does in the
 * same copy as the blocking. It also adds up the parts within the last convolution.
 */
function gridFeedForward(
  g: GraphBuilder,
  layer: Weights,
  { width, feedForwardWidth }: PixelDecoderArchitecture,
  { rows, columns }: TokenGrid,
  x: Value,
): Value {
  const map = g.node('Transpose', [reshape(g, x, [1, rows, columns, width])], { perm: [0, 3, 1, 2] });
  const [first, second] = [layer.within('linear1'), layer.within('linear2')];
  const into = first.affine([feedForwardWidth, width]);
  const outOf = second.affine([width, feedForwardWidth]);
  const parts = channelRanges(feedForwardWidth, feedForwardWidth % hiddenParts === 0 ? hiddenParts : 1);
  const results = parts.map((range, i) => {
    const own = { weight: rowsOf(into.weight, range), bias: rowsOf(into.bias, range) };
    const hidden = g.node('Relu', [pointwise(g, first.path, own, map)]);
    const result = { weight: columnsOf(outOf.weight, range), ...(i === 0 && { bias: outOf.bias }) };
    return pointwise(g, second.path, result, hidden);
  });
  const sum = results.reduce((total, result) => g.node('Add', [total, result]));
  return reshape(g, g.node('Transpose', [sum], { perm: [0, 2, 3, 1] }), [-1, width]);
}

/** A linear layer as a 1x1 convolution. */
function pointwise(
  g: GraphBuilder,
  path: string,
  { weight, bias }: { weight: Weight; bias?: Weight },
  x: Value,
): Value {
  const own = { ...weight, shape: [...weight.shape, 1, 1] };
  return convolution(g, path, own, bias === undefined ? [x] : [x, vectorConstant(g, bias)]);
}

/** Some rows of a matrix, or some values of a vector. */
function rowsOf({ name, shape: [, ...columns], read }: Weight, { first, count }: ChannelRange): Weight {
  const size = columns.reduce((product, own) => product * own, 1);
  return {
    name,
    shape: [count, ...columns],
    read: async () => (await read()).subarray(first * size, (first + count) * size),
  };
}

/** Some columns of a matrix. */
function columnsOf({ name, shape: [rows = 0, columns = 0], read }: Weight, { first, count }: ChannelRange): Weight {
  return {
    name,
    shape: [rows, count],
    read: async () => {
      const values = await read();
      return Float32Array.from(
        { length: rows * count },
        (_, i) => values[Math.floor(i / count) * columns + first + (i % count)]!,
      );
    },
  };
}

/** Into how many parts the step of the feature pyramid cuts its channels: a divisor of a GroupNorm's 32 groups. */
const pyramidParts = 4;

/**
 * One step of a feature pyramid (arXiv 1612.03144). `map` is the backbone's res2, `features` the multi-scale features,
 * the finest last. Returns maps of some channels each, which together are [1, width, h, w], h and w those of `map`.
 *
 * At a quarter of the image's size a map of all channels is the network's largest tensor. All but the convolutions is
 * done part by part, so that what lies between them exists for a part of the channels only, and stays in the cache.
 */
function buildFeaturePyramid(
  g: GraphBuilder,
  weights: Weights,
  { res2, width }: { res2: number; width: number },
  map: Value,
  features: readonly FeatureLevel[],
): Value[] {
  const finest = features.at(-1);
  if (finest === undefined) throw new Error('a feature pyramid needs a level');
  const ranges = channelRanges(width, pyramidParts);
  const split = (x: Value): Value[] => g.nodes('Split', [x], pyramidParts, { axis: 1, num_outputs: pyramidParts });
  const normalize = (layer: Weights, x: Value): Value[] =>
    split(x).map((part, i) => groupNorm(g, layer, width, part, ranges[i]));
  const adapter = weights.within('adapter_1');
  const lateral = normalize(adapter.within('norm'), plainConvolution(g, adapter, [width, res2, 1, 1], map));
  const { height, width: columns } = finest.size;
  const transposed = g.node('Transpose', [finest.tokens], { perm: [1, 0] });
  const size = mapSize(g, map);
  const coarser = split(reshape(g, transposed, [1, width, height, columns]));
  const sums = lateral.map((part, i) => g.node('Add', [part, resizeMap(g, coarser[i]!, size, 'upsample')]));
  const layer = weights.within('layer_1');
  const x = plainConvolution(g, layer, [width, width, 3, 3], g.node('Concat', sums, { axis: 1 }));
  return normalize(layer.within('norm'), x).map((part) => g.node('Relu', [part]));
}
