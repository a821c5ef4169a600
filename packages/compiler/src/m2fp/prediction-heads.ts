/**
 * What Mask2Former predicts from its queries before and after each decoder layer (arXiv 2112.01527, section 3.1): a
 * class for each, and a mask as the product of a mask embedding with the mask features.
 *
 * The mask features are a 1x1 convolution of the finest pixel features, `W · pixels + b`, so their product with an
 * embedding e is `(e · W) · pixels + e · b`. `e · W` is folded into the embedding's last layer, and `e · b` is one more
 * column of it: this saves a convolution at a quarter of the image's size.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Architecture } from './architecture.ts';
import { createLayerNorm, createLinear, gemmByRow, type Layer } from './linear.ts';
import { createOnce, type Weight, type Weights } from './weights.ts';

interface PredictionHeads {
  /** The queries' state [queries, width] → what both heads read. */
  readonly normalize: Layer;
  /** → [queries, classes + 1], the last 'no object'. */
  readonly classify: Layer;
  readonly embedMasks: (normalized: Value) => MaskEmbedding;
}

interface MaskEmbedding {
  /** [queries, pixel features] */
  readonly weight: Value;
  /** [queries, 1], or a sum so far [queries, pixels] */
  readonly bias: Value;
}

/** `weights` is the whole head: its parts are the predictor's, and the pixel decoder's `mask_features`. */
export function createPredictionHeads(
  g: GraphBuilder,
  weights: Weights,
  architecture: Pick<Architecture, 'pixelDecoder' | 'decoder'>,
): PredictionHeads {
  const { width, classes } = architecture.decoder;
  const predictor = weights.within('predictor');
  const first = createLinear(g, predictor.within('mask_embed.layers.0'), [width, width]);
  const second = createLinear(g, predictor.within('mask_embed.layers.1'), [width, width]);
  const last = foldMaskFeatures(weights, architecture);
  const weight = g.deferredConstant(last.weight.name, last.weight.read, last.weight.shape);
  const bias = g.deferredConstant(last.bias.name, last.bias.read, last.bias.shape);
  return {
    normalize: createLayerNorm(g, predictor.within('decoder_norm'), width),
    classify: createLinear(g, predictor.within('class_embed'), [classes + 1, width]),
    embedMasks: (normalized) => {
      const hidden = g.node('Relu', [second(g.node('Relu', [first(normalized)]))]);
      const joined = gemmByRow(g, hidden, weight, bias, 'mask_embedding');
      const parts = g.ints([architecture.pixelDecoder.width, 1]);
      const [product = joined, added = joined] = g.nodes('Split', [joined, parts], 2, { axis: 1 });
      return { weight: product, bias: added };
    },
  };
}

/** Mask logits [queries, pixels] of pixel features [width, pixels]. */
export function maskLogits(g: GraphBuilder, { weight, bias }: MaskEmbedding, pixels: Value): Value {
  return g.node('Gemm', [weight, pixels, bias], {}, { name: 'mask_logits' });
}

/** The same of pixel features in equal parts of their channels, each [width / parts, pixels]. */
export function maskLogitsOfParts(g: GraphBuilder, { weight, bias }: MaskEmbedding, parts: readonly Value[]): Value {
  const weights = g.nodes('Split', [weight], parts.length, { axis: 1, num_outputs: parts.length });
  return parts.reduce((sum, part, i) => maskLogits(g, { weight: weights[i] ?? weight, bias: sum }, part), bias);
}

/** The embedding's last layer: one row per pixel feature, and a last one for the mask features' bias. */
function foldMaskFeatures(
  weights: Weights,
  { pixelDecoder, decoder }: Pick<Architecture, 'pixelDecoder' | 'decoder'>,
): { weight: Weight; bias: Weight } {
  const { width: pixelWidth, maskWidth } = pixelDecoder;
  const { width } = decoder;
  const features = weights.within('pixel_decoder.mask_features').affine([maskWidth, pixelWidth, 1, 1]);
  const embedding = weights.within('predictor.mask_embed.layers.2').affine([maskWidth, width]);
  const rows = pixelWidth + 1;
  const folded = createOnce(2, async () => {
    const [featureWeight, featureBias] = [await features.weight.read(), await features.bias.read()];
    const [embeddingWeight, embeddingBias] = [await embedding.weight.read(), await embedding.bias.read()];
    const weight = new Float32Array(rows * width);
    const bias = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const sum = new Float64Array(width);
      let biasSum = 0;
      for (let m = 0; m < maskWidth; m++) {
        const factor = row === pixelWidth ? featureBias[m]! : featureWeight[m * pixelWidth + row]!;
        for (let i = 0; i < width; i++) sum[i]! += factor * embeddingWeight[m * width + i]!;
        biasSum += factor * embeddingBias[m]!;
      }
      weight.set(sum, row * width);
      bias[row] = biasSum;
    }
    return { weight, bias };
  });
  return {
    weight: { name: 'mask_embedding.weight', shape: [rows, width], read: async () => (await folded()).weight },
    bias: { name: 'mask_embedding.bias', shape: [rows], read: async () => (await folded()).bias },
  };
}
