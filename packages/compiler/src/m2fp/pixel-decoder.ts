/**
 * The pixel decoder: Mask2Former's multi-scale deformable one (arXiv 2112.01527, section 3.2.2). res5, res4 and res3 are
 * brought to one width, pass an encoder of deformable attention as one sequence of tokens, and come out as the
 * multi-scale features; one feature pyramid step takes the finest to a quarter of the image's size.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { levels, type PixelDecoderArchitecture } from './architecture.ts';
import { deformableAttention } from './deformable-attention.ts';
import { type PixelFeatures, reshape } from './feature-map.ts';
import { buildFeaturePyramid } from './feature-pyramid.ts';
import { biasedConvolution } from './convolution.ts';
import { groupNorm } from './group-norm.ts';
import { gridFeedForward } from './grid-feed-forward.ts';
import { addAndNorm } from './linear.ts';
import { createPositionEncoder } from './position-encoding.ts';
import type { BackboneFeatures } from './resnet.ts';
import { createTokenGrid, type TokenGrid } from './token-grid.ts';
import type { WeightReader } from './weight-reader.ts';

export async function buildPixelDecoder(
  g: GraphBuilder,
  weights: WeightReader,
  architecture: PixelDecoderArchitecture,
  features: BackboneFeatures,
): Promise<PixelFeatures> {
  const maps: Value[] = [];
  for (const [k, map] of [features.res5, features.res4, features.res3].entries()) {
    const projection = weights.within(`input_proj.${k}`);
    maps.push(await groupNorm(g, projection.within('1'), await biasedConvolution(g, projection.within('0'), map)));
  }
  const grid = createTokenGrid(g, maps);
  let src = grid.join(maps.map((map) => toTokens(g, map, architecture.width)));
  const position = await encodePositions(g, weights.within('transformer'), architecture, grid);
  for (let i = 0; i < architecture.layers; i++) {
    const layer = weights.within(`transformer.encoder.layers.${i}`);
    src = await encoderLayer(g, layer, architecture, grid, { src, position });
  }
  const outputs = grid.levels.map(({ size, start, end }) => ({
    size,
    tokens: g.node('Slice', [src, start, end, g.ints([0])]),
  }));
  return { levels: outputs, finest: await buildFeaturePyramid(g, weights, architecture, features.res2, outputs) };
}

/** [1, width, h, w] → [h * w, width] */
function toTokens(g: GraphBuilder, map: Value, width: number): Value {
  return g.node('Transpose', [reshape(g, map, [width, -1])], { perm: [1, 0] });
}

/** Sine encodings, and a learnt vector that tells the level. */
async function encodePositions(
  g: GraphBuilder,
  weights: WeightReader,
  { width }: PixelDecoderArchitecture,
  grid: TokenGrid,
): Promise<Value> {
  const { name, data } = await weights.read('level_embed');
  const encoder = createPositionEncoder(g, width);
  return grid.join(
    levels.map((k) => {
      const level = grid.levels[k];
      if (level === undefined) throw new Error(`level ${k} has no map`);
      const vector = g.constant(`${name}.${k}`, data.subarray(k * width, (k + 1) * width), [width]);
      return encoder.encode(level.size, vector);
    }),
  );
}

async function encoderLayer(
  g: GraphBuilder,
  layer: WeightReader,
  architecture: PixelDecoderArchitecture,
  grid: TokenGrid,
  { src, position }: { src: Value; position: Value },
): Promise<Value> {
  const query = g.node('Add', [src, position]);
  const attention = await deformableAttention(g, layer.within('self_attn'), architecture, grid, { src, query });
  const x = await addAndNorm(g, layer.within('norm1'), src, attention);
  return addAndNorm(g, layer.within('norm2'), x, await gridFeedForward(g, layer, grid, x));
}
