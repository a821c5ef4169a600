// `!` below: loops over tokens, heads and points, within the shapes.
import { convolve, feedForward, groupNorm, layerNorm, namedLinear, resize, softmax } from './layers.ts';
import type { ModelJson } from './model-json.ts';
import { plainPositions } from './position.ts';
import { add, concatRows, type Parameters, relu, rowsOf, type Tensor, tensor, transpose } from './tensor.ts';

export interface PlainLevel {
  height: number;
  width: number;
  /** [height * width, conv_dim] */
  tokens: Tensor;
}

const path = 'sem_seg_head.pixel_decoder';
const points = 4;

/** The multi-scale features of levels 5, 4, 3, and the mask features [mask_dim, height / 4, width / 4]. */
export function plainPixelDecoder(
  [res2, res3, res4, res5]: readonly [Tensor, Tensor, Tensor, Tensor],
  parameters: Parameters,
  settings: ModelJson['encoder'],
): { levels: PlainLevel[]; maskFeatures: Tensor } {
  const d = settings.conv_dim;
  const embed = parameters(`${path}.transformer.level_embed`).data;
  const levels = [res5, res4, res3].map((map, k): PlainLevel & { positions: Tensor } => {
    const name = `${path}.input_proj.${k}`;
    const projected = convolve(map, parameters(`${name}.0.weight`), parameters(`${name}.0.bias`));
    const [, height, width] = projected.shape as [number, number, number];
    const maps = groupNorm(projected, parameters, `${name}.1`);
    const tokens = transpose({ data: maps.data, shape: [d, height * width] });
    const sines = plainPositions(height, width, d);
    return { height, width, tokens, positions: tensor(sines.shape, (i) => sines.data[i]! + embed[k * d + (i % d)]!) };
  });
  let src = concatRows(levels.map(({ tokens }) => tokens));
  const positions = concatRows(levels.map((level) => level.positions));
  for (let i = 0; i < settings.transformer_enc_layers; i++) {
    const name = `${path}.transformer.encoder.layers.${i}`;
    const attention = deformableAttention(src, add(src, positions), levels, parameters, `${name}.self_attn`, settings);
    src = layerNorm(add(src, attention), parameters, `${name}.norm1`);
    src = layerNorm(add(src, feedForward(src, parameters, name)), parameters, `${name}.norm2`);
  }
  let start = 0;
  const outputs = levels.map(({ height, width }) => {
    const tokens = rowsOf(src, start, start + height * width);
    start += height * width;
    return { height, width, tokens };
  });
  const finest = outputs[2]!;
  const above: Tensor = { data: transpose(finest.tokens).data, shape: [d, finest.height, finest.width] };
  return { levels: outputs, maskFeatures: maskFeatures(res2, above, parameters) };
}

function maskFeatures(res2: Tensor, above: Tensor, parameters: Parameters): Tensor {
  const lateral = groupNorm(
    convolve(res2, parameters(`${path}.adapter_1.weight`)),
    parameters,
    `${path}.adapter_1.norm`,
  );
  const sum = add(lateral, resize(above, res2.shape[1]!, res2.shape[2]!));
  const merged = relu(
    groupNorm(convolve(sum, parameters(`${path}.layer_1.weight`)), parameters, `${path}.layer_1.norm`),
  );
  return convolve(merged, parameters(`${path}.mask_features.weight`), parameters(`${path}.mask_features.bias`));
}

function deformableAttention(
  src: Tensor,
  query: Tensor,
  levels: readonly PlainLevel[],
  parameters: Parameters,
  name: string,
  { transformer_nheads: heads, conv_dim: d }: ModelJson['encoder'],
): Tensor {
  const value = namedLinear(src, parameters, `${name}.value_proj`);
  const offsets = namedLinear(query, parameters, `${name}.sampling_offsets`);
  const logits = namedLinear(query, parameters, `${name}.attention_weights`);
  const samples = levels.length * points;
  const out = tensor(src.shape);
  let token = 0;
  for (const own of levels) {
    for (let cell = 0; cell < own.height * own.width; cell++, token++) {
      const reference = {
        x: ((cell % own.width) + 0.5) / own.width,
        y: (Math.floor(cell / own.width) + 0.5) / own.height,
      };
      for (let head = 0; head < heads; head++) {
        const first = (token * heads + head) * samples;
        const weights = softmax([...logits.data.subarray(first, first + samples)]);
        for (let s = 0; s < samples; s++) {
          const k = Math.floor(s / points);
          const level = levels[k]!;
          const before = levels.slice(0, k).reduce((sum, { height, width }) => sum + height * width, 0);
          const x = (reference.x + offsets.data[2 * (first + s)]! / level.width) * level.width - 0.5;
          const y = (reference.y + offsets.data[2 * (first + s) + 1]! / level.height) * level.height - 0.5;
          for (const corner of corners(x, y, level)) {
            for (let c = (head * d) / heads; c < ((head + 1) * d) / heads; c++) {
              out.data[token * d + c]! += weights[s]! * corner.weight * value.data[(before + corner.cell) * d + c]!;
            }
          }
        }
      }
    }
  }
  return namedLinear(out, parameters, `${name}.output_proj`);
}

/** The four cells around a place, those outside left out. */
function corners(x: number, y: number, { height, width }: PlainLevel): { cell: number; weight: number }[] {
  const found: { cell: number; weight: number }[] = [];
  for (const row of [Math.floor(y), Math.floor(y) + 1]) {
    for (const column of [Math.floor(x), Math.floor(x) + 1]) {
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      found.push({ cell: row * width + column, weight: (1 - Math.abs(y - row)) * (1 - Math.abs(x - column)) });
    }
  }
  return found;
}
