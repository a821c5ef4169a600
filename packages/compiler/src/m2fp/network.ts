import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Architecture } from './architecture.ts';
import { mapSize, reshape } from './feature-map.ts';
import { buildPixelDecoder } from './pixel-decoder.ts';
import { buildBackbone } from './resnet.ts';
import { buildTransformerDecoder } from './transformer-decoder.ts';
import type { WeightReader } from './weight-reader.ts';

/**
 * The whole network. Input `image` [1, 3, height, width], normalised, both sides multiples of 32. Outputs `pred_logits`
 * [queries, classes + 1], before the softmax, the last column 'no object'; and `pred_masks` [queries, height / 4,
 * width / 4], before the sigmoid.
 */
export async function buildNetwork(g: GraphBuilder, weights: WeightReader, architecture: Architecture): Promise<void> {
  const { backbone, pixelDecoder, decoder } = architecture;
  const image = g.input('image', 'float32', [1, 3, 'height', 'width']);
  const maps = await buildBackbone(g, weights.within('backbone'), backbone, image);
  const head = weights.within('sem_seg_head');
  const features = await buildPixelDecoder(g, head.within('pixel_decoder'), pixelDecoder, maps);
  const { logits, masks } = await buildTransformerDecoder(g, head, { pixelDecoder, decoder }, features);
  const size = mapSize(g, features.finest);
  g.output(logits, 'pred_logits', 'float32', [decoder.queries, decoder.classes + 1]);
  const maps2d = reshape(g, masks, [decoder.queries, size.height, size.width]);
  g.output(maps2d, 'pred_masks', 'float32', [decoder.queries, 'mask_height', 'mask_width']);
}
