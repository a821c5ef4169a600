/**
 * Mask2Former's transformer decoder (arXiv 2112.01527, section 3.2): learned queries go through layers of masked cross
 * attention, self attention and feed-forward, and look at the multi-scale features in turn, from low to high
 * resolution. What they predict at the end is the network's output.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { type Architecture, type DecoderArchitecture, levels } from './architecture.ts';
import { attentionMask, crossAttention, type Memory, type Queries, selfAttention } from './attention.ts';
import { type PixelFeatures, reshape, resizeMap } from './feature-map.ts';
import { addAndNorm, feedForward, linear, matrixConstant } from './linear.ts';
import { createPositionEncoder } from './position-encoding.ts';
import { createPredictionHeads, maskLogits, maskLogitsOfParts } from './prediction-heads.ts';
import type { Weight, Weights } from './weights.ts';

interface Predictions {
  /** [queries, classes + 1] */
  readonly logits: Value;
  /** [queries, pixels], the pixels those of `PixelFeatures.finest`. */
  readonly masks: Value;
}

/** `weights` is the whole head, `sem_seg_head`. */
export function buildTransformerDecoder(
  g: GraphBuilder,
  weights: Weights,
  architecture: Pick<Architecture, 'pixelDecoder' | 'decoder'>,
  features: PixelFeatures,
): Predictions {
  const { pixelDecoder, decoder } = architecture;
  const predictor = weights.within('predictor');
  const heads = createPredictionHeads(g, weights, architecture);
  const scales = createScales(g, predictor, architecture, features);
  const positions = predictor.tensor('query_embed.weight', [decoder.queries, decoder.width]);
  let state = matrixConstant(g, predictor.tensor('query_feat.weight', [decoder.queries, decoder.width]));
  for (let i = 0; i < decoder.layers; i++) {
    const scale = scales[i % scales.length];
    if (scale === undefined) throw new Error('the decoder has no memory');
    const logits = maskLogits(g, heads.embedMasks(heads.normalize(state)), scale.pixels);
    const memory = { ...scale.memory, mask: attentionMask(g, logits) };
    state = decoderLayer(g, predictor, i, decoder, { state, positions }, memory);
  }
  const normalized = heads.normalize(state);
  const partWidth = pixelDecoder.width / features.finest.length;
  const pixels = features.finest.map((part) => reshape(g, part, [partWidth, -1]));
  return { logits: heads.classify(normalized), masks: maskLogitsOfParts(g, heads.embedMasks(normalized), pixels) };
}

function decoderLayer(
  g: GraphBuilder,
  predictor: Weights,
  i: number,
  architecture: DecoderArchitecture,
  { state, positions }: Queries,
  memory: Memory & { mask: Value },
): Value {
  const cross = predictor.within(`transformer_cross_attention_layers.${i}`);
  let x = crossAttention(g, cross, architecture, { state, positions }, memory);
  const self = predictor.within(`transformer_self_attention_layers.${i}`);
  x = selfAttention(g, self, architecture, { state: x, positions });
  const ffn = predictor.within(`transformer_ffn_layers.${i}`);
  return addAndNorm(g, ffn.within('norm'), architecture.width, x, feedForward(g, ffn, architecture, x));
}

/** The finest level has four times as many tokens as the next: with a quarter of the heads, as many scores. */
const finestHeadParts = 4;

/** One level as the decoder's layers see it. */
interface Scale {
  readonly memory: Memory;
  /** The finest pixel features at this level's size [width, n]: multiplied by the queries they give attention masks. */
  readonly pixels: Value;
}

function createScales(
  g: GraphBuilder,
  predictor: Weights,
  { pixelDecoder, decoder }: Pick<Architecture, 'pixelDecoder' | 'decoder'>,
  features: PixelFeatures,
): Scale[] {
  const { width, projectsInput } = decoder;
  const levelEmbed = predictor.tensor('level_embed.weight', [levels.length, width]);
  const encoder = createPositionEncoder(g, width);
  return levels.map((k) => {
    const level = features.levels[k];
    if (level === undefined) throw new Error(`level ${k} has no features`);
    const tokens = projectsInput
      ? linear(g, predictor.within(`input_proj.${k}`), [width, pixelDecoder.width, 1, 1], level.tokens)
      : level.tokens;
    const keys = g.node('Add', [tokens, encoder.encode(level.size)]);
    const small = features.finest.map((part) => resizeMap(g, part, level.size, 'downsample'));
    const headParts = k === levels.length - 1 ? finestHeadParts : 1;
    const memory = { tokens, keys, added: rowOf(levelEmbed, k), headParts };
    return { memory, pixels: reshape(g, g.node('Concat', small, { axis: 1 }), [pixelDecoder.width, -1]) };
  });
}

/** Row `k` of [rows, columns], as [1, columns]. */
function rowOf({ name, shape: [, columns = 0], read }: Weight, k: number): Weight {
  return {
    name: `${name}.${k}`,
    shape: [1, columns],
    read: async () => (await read()).subarray(k * columns, (k + 1) * columns),
  };
}
