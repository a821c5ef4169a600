/**
 * What Mask2Former reads off its queries before and after each decoder layer (arXiv 2112.01527, section 3.1): a class
 * each, and a mask as the product of a mask embedding with the mask features.
 *
 * The mask features are a 1x1 convolution of the finest pixel features, `W · pixels + b`, so their product with an
 * embedding e is `(e · W) · pixels + e · b`. `e · W` is folded into the embedding's last layer, and `e · b` is one more
 * column of it: a convolution at a quarter of the image's size is saved.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { gemmByRow, type Layer, loadLayerNorm, loadLinear } from './linear.ts';
import { matrixSize, type WeightReader } from './weight-reader.ts';

export interface PredictionHeads {
  /** Queries' state [queries, width] → what both heads read. */
  readonly normalise: Layer;
  /** → [queries, classes + 1], the last 'no object'. */
  readonly classify: Layer;
  readonly embedMasks: (normalised: Value) => MaskEmbedding;
}

export interface MaskEmbedding {
  /** [queries, pixel features] */
  readonly weight: Value;
  /** [queries, 1] */
  readonly bias: Value;
}

/** `weights` is the whole head: its parts are the predictor's, and the pixel decoder's `mask_features`. */
export async function loadPredictionHeads(g: GraphBuilder, weights: WeightReader): Promise<PredictionHeads> {
  const predictor = weights.within('predictor');
  const first = await loadLinear(g, predictor.within('mask_embed.layers.0'));
  const second = await loadLinear(g, predictor.within('mask_embed.layers.1'));
  const last = await foldMaskFeatures(weights);
  const weight = g.constant('mask_embedding.weight', last.weight, [last.rows, last.columns]);
  const bias = g.constant('mask_embedding.bias', last.bias, [last.rows]);
  return {
    normalise: await loadLayerNorm(g, predictor.within('decoder_norm')),
    classify: await loadLinear(g, predictor.within('class_embed')),
    embedMasks: (normalised) => {
      const hidden = g.node('Relu', [second(g.node('Relu', [first(normalised)]))]);
      const joined = gemmByRow(g, hidden, weight, bias, 'mask_embedding');
      const [product = joined, added = joined] = g.nodes('Split', [joined, g.ints([last.rows - 1, 1])], 2, { axis: 1 });
      return { weight: product, bias: added };
    },
  };
}

/** Mask logits [queries, pixels] of pixel features [width, pixels]. */
export function maskLogits(g: GraphBuilder, { weight, bias }: MaskEmbedding, pixels: Value): Value {
  return g.node('Gemm', [weight, pixels, bias], {}, { name: 'mask_logits' });
}

interface FoldedLayer {
  /** A row for each pixel feature, and a last one for the bias. */
  rows: number;
  columns: number;
  weight: Float32Array;
  bias: Float32Array;
}

async function foldMaskFeatures(weights: WeightReader): Promise<FoldedLayer> {
  const features = await weights.read('pixel_decoder.mask_features.weight');
  const featureBias = await weights.read('pixel_decoder.mask_features.bias');
  const embedding = await weights.read('predictor.mask_embed.layers.2.weight');
  const embeddingBias = await weights.read('predictor.mask_embed.layers.2.bias');
  const [maskWidth, pixelWidth] = matrixSize(features);
  const [, columns] = matrixSize(embedding);
  const rows = pixelWidth + 1;
  const weight = new Float32Array(rows * columns);
  const bias = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const sum = new Float64Array(columns);
    let biasSum = 0;
    for (let m = 0; m < maskWidth; m++) {
      const factor = row === pixelWidth ? featureBias.data[m]! : features.data[m * pixelWidth + row]!;
      for (let i = 0; i < columns; i++) sum[i]! += factor * embedding.data[m * columns + i]!;
      biasSum += factor * embeddingBias.data[m]!;
    }
    weight.set(sum, row * columns);
    bias[row] = biasSum;
  }
  return { rows, columns, weight, bias };
}
