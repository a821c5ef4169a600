import type { Shape } from '../checkpoint/tensor-source.ts';
import { createGraph, type GraphBuilder } from '../onnx/graph-builder.ts';
import type { Architecture } from './architecture.ts';
import { mapSize, reshape } from './feature-map.ts';
import { buildPixelDecoder } from './pixel-decoder.ts';
import { buildBackbone } from './resnet.ts';
import { buildTransformerDecoder } from './transformer-decoder.ts';
import { recordWeights, type Weights } from './weights.ts';

/**
 * The whole network. Input `image` [1, 3, height, width], normalized, both sides multiples of 32. Outputs `pred_logits`
 * [queries, classes + 1], before the softmax, the last column 'no object'; and `pred_masks` [queries, height / 4,
 * width / 4], before the sigmoid.
 */
export function buildNetwork(g: GraphBuilder, weights: Weights, architecture: Architecture): void {
  const { queries, classes } = architecture.decoder;
  const image = g.input('image', 'float32', [1, 3, 'height', 'width']);
  const maps = buildBackbone(g, weights.within('backbone'), architecture.backbone, image);
  const head = weights.within('sem_seg_head');
  const features = buildPixelDecoder(g, head.within('pixel_decoder'), architecture, maps);
  const { logits, masks } = buildTransformerDecoder(g, head, architecture, features);
  const size = mapSize(g, features.finest);
  g.output(logits, 'pred_logits', 'float32', [queries, classes + 1]);
  const maskMaps = reshape(g, masks, [queries, size.height, size.width]);
  g.output(maskMaps, 'pred_masks', 'float32', [queries, 'mask_height', 'mask_width']);
}

/** Every tensor that a network of this architecture uses, by its name in the checkpoint: found by a dry run. */
export function networkTensors(architecture: Architecture): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  buildNetwork(createGraph({ name: 'dry run' }), recordWeights(shapes), architecture);
  return shapes;
}
