/**
 * Mask2Former's transformer decoder (arXiv 2112.01527, section 3.2): learnt queries go through layers of masked cross
 * attention, self attention and feed-forward, and take the multi-scale features in turn, from low to high resolution.
 * What they say at the end is the network's output.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { type DecoderArchitecture, levels, type PixelDecoderArchitecture } from './architecture.ts';
import { crossAttention, type Memory, type Queries, selfAttention } from './attention.ts';
import { attentionMask } from './attention-mask.ts';
import { type PixelFeatures, reshape, resizeMap } from './feature-map.ts';
import { addAndNorm, feedForward, linear, matrix } from './linear.ts';
import { createPositionEncoder } from './position-encoding.ts';
import { loadPredictionHeads, maskLogits } from './prediction-heads.ts';
import type { WeightReader } from './weight-reader.ts';

export interface Predictions {
  /** [queries, classes + 1] */
  readonly logits: Value;
  /** [queries, pixels], the pixels those of `PixelFeatures.finest`. */
  readonly masks: Value;
}

/** `weights` is the whole head, `sem_seg_head`. */
export async function buildTransformerDecoder(
  g: GraphBuilder,
  weights: WeightReader,
  { pixelDecoder, decoder }: { pixelDecoder: PixelDecoderArchitecture; decoder: DecoderArchitecture },
  features: PixelFeatures,
): Promise<Predictions> {
  const predictor = weights.within('predictor');
  const heads = await loadPredictionHeads(g, weights);
  const scales = await loadScales(g, predictor, { pixelDecoder, decoder }, features);
  const { data: positions } = await predictor.read('query_embed.weight');
  let state = matrix(g, await predictor.read('query_feat.weight'));
  for (let i = 0; i < decoder.layers; i++) {
    const scale = scales[i % scales.length];
    if (scale === undefined) throw new Error('the decoder has no memory');
    const logits = maskLogits(g, heads.embedMasks(heads.normalise(state)), scale.pixels);
    const memory = { ...scale.memory, mask: attentionMask(g, logits) };
    state = await decoderLayer(g, predictor, i, decoder, { state, positions }, memory);
  }
  const normalised = heads.normalise(state);
  const pixels = reshape(g, features.finest, [pixelDecoder.width, -1]);
  return { logits: heads.classify(normalised), masks: maskLogits(g, heads.embedMasks(normalised), pixels) };
}

async function decoderLayer(
  g: GraphBuilder,
  predictor: WeightReader,
  i: number,
  architecture: DecoderArchitecture,
  { state, positions }: Queries,
  memory: Memory & { mask: Value },
): Promise<Value> {
  const cross = predictor.within(`transformer_cross_attention_layers.${i}`);
  let x = await crossAttention(g, cross, architecture, { state, positions }, memory);
  const self = predictor.within(`transformer_self_attention_layers.${i}`);
  x = await selfAttention(g, self, architecture, { state: x, positions });
  const ffn = predictor.within(`transformer_ffn_layers.${i}`);
  return addAndNorm(g, ffn.within('norm'), x, await feedForward(g, ffn, x));
}

/** One level as the decoder's layers see it. */
interface Scale {
  readonly memory: Memory;
  /** The finest pixel features at this level's size [width, n]: what its attention masks are the products of. */
  readonly pixels: Value;
}

async function loadScales(
  g: GraphBuilder,
  predictor: WeightReader,
  { pixelDecoder, decoder }: { pixelDecoder: PixelDecoderArchitecture; decoder: DecoderArchitecture },
  features: PixelFeatures,
): Promise<Scale[]> {
  const { data: levelEmbed } = await predictor.read('level_embed.weight');
  const encoder = createPositionEncoder(g, decoder.width);
  const scales: Scale[] = [];
  for (const k of levels) {
    const level = features.levels[k];
    if (level === undefined) throw new Error(`level ${k} has no features`);
    const tokens = decoder.projectsInput
      ? await linear(g, predictor.within(`input_proj.${k}`), level.tokens)
      : level.tokens;
    const keys = g.node('Add', [tokens, encoder.encode(level.size)]);
    const added = levelEmbed.slice(k * decoder.width, (k + 1) * decoder.width);
    const small = resizeMap(g, features.finest, level.size, 'downsample');
    scales.push({ memory: { tokens, keys, added }, pixels: reshape(g, small, [pixelDecoder.width, -1]) });
  }
  return scales;
}
