/**
 * A second implementation of all of M2FP, for tests alone: in float64, with loops, one step after the other as in the
 * papers and the reference implementation, with nothing folded, fused or reordered. It shares no code with the
 * compiler, not even the reading of the configuration, and is itself checked against the golden cases.
 */
import { plainBackbone } from './backbone.ts';
import { plainDecoder, type PlainOutput } from './decoder.ts';
import type { ModelJson } from './model-json.ts';
import { plainPixelDecoder } from './pixel-decoder.ts';
import type { Parameters, Tensor } from './tensor.ts';

/** `image` is [3, height, width], normalized, both sides multiples of 32. */
export function plainNetwork(image: Tensor, parameters: Parameters, model: ModelJson): PlainOutput {
  const [res2, res3, res4, res5] = plainBackbone(image, parameters, model.backbone);
  if (!res2 || !res3 || !res4 || !res5) throw new Error('a stage is missing');
  const { levels, maskFeatures } = plainPixelDecoder([res2, res3, res4, res5], parameters, model.encoder);
  return plainDecoder(levels, maskFeatures, parameters, model);
}
