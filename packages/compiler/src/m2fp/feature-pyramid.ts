/**
 * The last step of the pixel decoder: one step of a feature pyramid (arXiv 1612.03144) from the finest multi-scale feature
 * to a quarter of the image's size, where the masks are.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { PixelDecoderArchitecture } from './architecture.ts';
import { type FeatureLevel, mapSize, reshape, resizeMap } from './feature-map.ts';
import { plainConvolution } from './convolution.ts';
import { groupNorm } from './group-norm.ts';
import type { WeightReader } from './weight-reader.ts';

/** `res2` is the backbone's map, `levels` the multi-scale features, the finest last. Returns [1, width, h, w] of res2's size. */
export async function buildFeaturePyramid(
  g: GraphBuilder,
  weights: WeightReader,
  { width }: PixelDecoderArchitecture,
  res2: Value,
  levels: readonly FeatureLevel[],
): Promise<Value> {
  const finest = levels.at(-1);
  if (finest === undefined) throw new Error('a feature pyramid needs a level');
  const adapter = weights.within('adapter_1');
  const lateral = await groupNorm(g, adapter.within('norm'), await plainConvolution(g, adapter, res2));
  const { height, width: columns } = finest.size;
  const transposed = g.node('Transpose', [finest.tokens], { perm: [1, 0] });
  const above = resizeMap(g, reshape(g, transposed, [1, width, height, columns]), mapSize(g, res2), 'upsample');
  const layer = weights.within('layer_1');
  const x = await plainConvolution(g, layer, g.node('Add', [lateral, above]));
  return g.node('Relu', [await groupNorm(g, layer.within('norm'), x)]);
}
