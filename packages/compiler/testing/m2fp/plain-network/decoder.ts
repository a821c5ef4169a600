// `!` below: loops over queries, heads and tokens, within the shapes.
import { feedForward, layerNorm, linear, namedLinear, resize, softmax } from './layers.ts';
import type { ModelJson } from './model-json.ts';
import type { PlainLevel } from './pixel-decoder.ts';
import { plainPositions } from './position.ts';
import { add, type Parameters, relu, rowsOf, type Tensor, tensor } from './tensor.ts';

const path = 'sem_seg_head.predictor';

export interface PlainOutput {
  /** [queries, classes + 1] */
  logits: Tensor;
  /** [queries, height / 4, width / 4] */
  masks: Tensor;
  /** The least distance of an attention-mask logit from zero, where the network is not continuous. */
  closestToBlocking: number;
}

export function plainDecoder(
  levels: readonly PlainLevel[],
  maskFeatures: Tensor,
  parameters: Parameters,
  model: ModelJson,
): PlainOutput {
  const { hidden_dim: c, dec_layers: layers, nheads, enforce_input_project: projects } = model.decoder;
  const levelEmbed = parameters(`${path}.level_embed.weight`).data;
  const queryPositions = parameters(`${path}.query_embed.weight`);
  const memories = levels.map(({ height, width, tokens }, k) => {
    const weight = `${path}.input_proj.${k}.weight`;
    const projected =
      projects || model.encoder.conv_dim !== c
        ? linear(tokens, parameters(weight), parameters(`${path}.input_proj.${k}.bias`))
        : tokens;
    const memory = tensor(projected.shape, (i) => projected.data[i]! + levelEmbed[k * c + (i % c)]!);
    return { height, width, memory, keys: add(memory, plainPositions(height, width, c)) };
  });
  let closestToBlocking = Infinity;
  let state = parameters(`${path}.query_feat.weight`);
  let output = predict(state, maskFeatures, parameters);
  for (let i = 0; i < layers; i++) {
    const { height, width, memory, keys } = memories[i % 3]!;
    const maskLogits = resize(output.masks, height, width);
    closestToBlocking = maskLogits.data.reduce((least, logit) => Math.min(least, Math.abs(logit)), closestToBlocking);
    const cross = `${path}.transformer_cross_attention_layers.${i}`;
    const crossed = attention(add(state, queryPositions), keys, memory, blockedBy(maskLogits), nheads, (part) =>
      parameters(`${cross}.multihead_attn.${part}`),
    );
    state = layerNorm(add(state, crossed), parameters, `${cross}.norm`);
    const self = `${path}.transformer_self_attention_layers.${i}`;
    const query = add(state, queryPositions);
    const mixed = attention(query, query, state, undefined, nheads, (part) => parameters(`${self}.self_attn.${part}`));
    state = layerNorm(add(state, mixed), parameters, `${self}.norm`);
    const ffn = `${path}.transformer_ffn_layers.${i}`;
    state = layerNorm(add(state, feedForward(state, parameters, ffn)), parameters, `${ffn}.norm`);
    output = predict(state, maskFeatures, parameters);
  }
  return { ...output, closestToBlocking };
}

function predict(state: Tensor, maskFeatures: Tensor, parameters: Parameters): { logits: Tensor; masks: Tensor } {
  const normalized = layerNorm(state, parameters, `${path}.decoder_norm`);
  let embedding = relu(namedLinear(normalized, parameters, `${path}.mask_embed.layers.0`));
  embedding = relu(namedLinear(embedding, parameters, `${path}.mask_embed.layers.1`));
  embedding = namedLinear(embedding, parameters, `${path}.mask_embed.layers.2`);
  const [channels, height, width] = maskFeatures.shape as [number, number, number];
  const masks = tensor([state.shape[0]!, height, width], (i) => {
    const query = Math.floor(i / (height * width));
    let sum = 0;
    for (let m = 0; m < channels; m++) {
      sum += embedding.data[query * channels + m]! * maskFeatures.data[m * height * width + (i % (height * width))]!;
    }
    return sum;
  });
  return { logits: namedLinear(normalized, parameters, `${path}.class_embed`), masks };
}

/** For each query, which cells it must not look at. */
function blockedBy({ data, shape }: Tensor): boolean[][] {
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, query) => {
    const blocked = Array.from(data.subarray(query * size, (query + 1) * size), (logit) => logit < 0);
    return blocked.every(Boolean) ? blocked.map(() => false) : blocked;
  });
}

function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  blocked: boolean[][] | undefined,
  heads: number,
  parameters: Parameters,
): Tensor {
  const c = query.shape[1]!;
  const [q, k, v] = [query, key, value].map((x, i) =>
    linear(
      x,
      rowsOf(parameters('in_proj_weight'), i * c, (i + 1) * c),
      rowsOf(parameters('in_proj_bias'), i * c, (i + 1) * c),
    ),
  ) as [Tensor, Tensor, Tensor];
  const width = c / heads;
  const out = tensor(query.shape);
  for (let i = 0; i < query.shape[0]!; i++) {
    for (let head = 0; head < heads; head++) {
      const scores = Array.from({ length: key.shape[0]! }, (_, j) => {
        if (blocked?.[i]?.[j] === true) return -Infinity;
        let sum = 0;
        for (let f = head * width; f < (head + 1) * width; f++) sum += q.data[i * c + f]! * k.data[j * c + f]!;
        return sum / Math.sqrt(width);
      });
      softmax(scores).forEach((weight, j) => {
        for (let f = head * width; f < (head + 1) * width; f++) out.data[i * c + f]! += weight * v.data[j * c + f]!;
      });
    }
  }
  return linear(out, parameters('out_proj.weight'), parameters('out_proj.bias'));
}
