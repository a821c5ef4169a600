import type { Shape } from '../checkpoint/tensor-source.ts';
import { createGraph, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import type { MadeUpOutputs } from '../synth/made-up-people.ts';
import type { Architecture } from './architecture.ts';
import { mapSize, reshape, resizeMap } from './feature-map.ts';
import { buildPixelDecoder } from './pixel-decoder.ts';
import { buildBackbone } from './resnet.ts';
import { buildTransformerDecoder } from './transformer-decoder.ts';
import { recordWeights, type Weights } from './weights.ts';

/**
 * The whole network. Input `image` [1, 3, height, width], normalized, both sides multiples of 32. Outputs `pred_logits`
 * [queries, classes + 1], before the softmax, the last column 'no object'; and `pred_masks` [queries, height / 4,
 * width / 4], before the sigmoid. With `instead`, all is computed, but the outputs are these, whatever the image.
 */
export function buildNetwork(
  g: GraphBuilder,
  weights: Weights,
  architecture: Architecture,
  instead?: MadeUpOutputs,
): void {
  const { queries, classes } = architecture.decoder;
  const image = g.input('image', 'float32', [1, 3, 'height', 'width']);
  const maps = buildBackbone(g, weights.within('backbone'), architecture.backbone, image);
  const head = weights.within('sem_seg_head');
  const features = buildPixelDecoder(g, head.within('pixel_decoder'), architecture, maps);
  const { logits, masks } = buildTransformerDecoder(g, head, architecture, features);
  const [part = image] = features.finest;
  const size = mapSize(g, part);
  const own = { logits, masks: reshape(g, masks, [queries, size.height, size.width]) };
  const outputs = instead ? replaceOutputs(g, own.masks, architecture, instead) : own;
  g.output(outputs.logits, 'pred_logits', 'float32', [queries, classes + 1]);
  g.output(outputs.masks, 'pred_masks', 'float32', [queries, 'mask_height', 'mask_width']);
}

/** Made-up masks in the size of the network's own, so that those must be computed. */
function replaceOutputs(
  g: GraphBuilder,
  masks: Value,
  { decoder: { queries, classes } }: Architecture,
  made: MadeUpOutputs,
): { logits: Value; masks: Value } {
  const maps = g.constant('made_up_masks', made.masks, [1, queries, made.height, made.width]);
  const own = g.node('Unsqueeze', [masks, g.ints([0])]);
  const size = mapSize(g, own);
  const resized = resizeMap(g, maps, size, 'made_up_masks_resized');
  return {
    logits: g.constant('made_up_logits', made.logits, [queries, classes + 1]),
    masks: reshape(g, resized, [queries, size.height, size.width]),
  };
}

/** Every tensor that a network of this architecture uses, by its name in the checkpoint: found by a dry run. */
export function networkTensors(architecture: Architecture): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  buildNetwork(createGraph({ name: 'dry run' }), recordWeights(shapes), architecture);
  return shapes;
}
