import type { Shape } from '../checkpoint/tensor-source.ts';
import {
  type Architecture,
  type BackboneArchitecture,
  type DecoderArchitecture,
  levels,
  type PixelDecoderArchitecture,
  samplingPoints,
  stagesOf,
  stageWidth,
} from './architecture.ts';

/** Every tensor that a network of this architecture needs, by its name in the checkpoint. */
export function requiredTensors({ backbone, pixelDecoder, decoder }: Architecture): Map<string, Shape> {
  return new Map([
    ...backboneTensors(backbone),
    ...pixelDecoderTensors(backbone, pixelDecoder),
    ...decoderTensors(pixelDecoder, decoder),
  ]);
}

type Entry = readonly [name: string, shape: Shape];

function backboneTensors(backbone: BackboneArchitecture): Entry[] {
  const half = backbone.stemWidth / 2;
  return [
    ...normalisedConvolution('backbone.stem.conv1', [half, 3, 3, 3]),
    ...normalisedConvolution('backbone.stem.conv2', [half, half, 3, 3]),
    ...normalisedConvolution('backbone.stem.conv3', [backbone.stemWidth, half, 3, 3]),
    ...stagesOf(backbone).flatMap(({ name, inputWidth, bottleneckWidth, outputWidth, groups, dilations }) =>
      dilations.flatMap((_, i) => {
        const block = `backbone.${name}.${i}`;
        const blockInput = i === 0 ? inputWidth : outputWidth;
        return [
          ...(blockInput === outputWidth
            ? []
            : normalisedConvolution(`${block}.shortcut`, [outputWidth, blockInput, 1, 1])),
          ...normalisedConvolution(`${block}.conv1`, [bottleneckWidth, blockInput, 1, 1]),
          ...normalisedConvolution(`${block}.conv2`, [bottleneckWidth, bottleneckWidth / groups, 3, 3]),
          ...normalisedConvolution(`${block}.conv3`, [outputWidth, bottleneckWidth, 1, 1]),
        ];
      }),
    ),
  ];
}

function pixelDecoderTensors(backbone: BackboneArchitecture, decoder: PixelDecoderArchitecture): Entry[] {
  const path = 'sem_seg_head.pixel_decoder';
  const { width, maskWidth } = decoder;
  const stages = [5, 4, 3] as const;
  return [
    ...stages.flatMap((stage, k) => [
      ...affine(`${path}.input_proj.${k}.0`, [width, stageWidth(backbone, stage), 1, 1]),
      ...norm(`${path}.input_proj.${k}.1`, width),
    ]),
    [`${path}.transformer.level_embed`, [levels.length, width]],
    ...repeat(decoder.layers, (i) => encoderLayer(`${path}.transformer.encoder.layers.${i}`, decoder)),
    [`${path}.adapter_1.weight`, [width, stageWidth(backbone, 2), 1, 1]],
    ...norm(`${path}.adapter_1.norm`, width),
    [`${path}.layer_1.weight`, [width, width, 3, 3]],
    ...norm(`${path}.layer_1.norm`, width),
    ...affine(`${path}.mask_features`, [maskWidth, width, 1, 1]),
  ];
}

function encoderLayer(path: string, { width, heads, feedForwardWidth }: PixelDecoderArchitecture): Entry[] {
  const samples = heads * levels.length * samplingPoints;
  return [
    ...affine(`${path}.self_attn.sampling_offsets`, [samples * 2, width]),
    ...affine(`${path}.self_attn.attention_weights`, [samples, width]),
    ...affine(`${path}.self_attn.value_proj`, [width, width]),
    ...affine(`${path}.self_attn.output_proj`, [width, width]),
    ...norm(`${path}.norm1`, width),
    ...affine(`${path}.linear1`, [feedForwardWidth, width]),
    ...affine(`${path}.linear2`, [width, feedForwardWidth]),
    ...norm(`${path}.norm2`, width),
  ];
}

function decoderTensors(pixelDecoder: PixelDecoderArchitecture, decoder: DecoderArchitecture): Entry[] {
  const path = 'sem_seg_head.predictor';
  const { width, queries } = decoder;
  return [
    ...(decoder.projectsInput
      ? levels.flatMap((k) => affine(`${path}.input_proj.${k}`, [width, pixelDecoder.width, 1, 1]))
      : []),
    [`${path}.level_embed.weight`, [levels.length, width]],
    [`${path}.query_feat.weight`, [queries, width]],
    [`${path}.query_embed.weight`, [queries, width]],
    ...repeat(decoder.layers, (i) => [
      ...attention(`${path}.transformer_cross_attention_layers.${i}`, 'multihead_attn', width),
      ...attention(`${path}.transformer_self_attention_layers.${i}`, 'self_attn', width),
      ...affine(`${path}.transformer_ffn_layers.${i}.linear1`, [decoder.feedForwardWidth, width]),
      ...affine(`${path}.transformer_ffn_layers.${i}.linear2`, [width, decoder.feedForwardWidth]),
      ...norm(`${path}.transformer_ffn_layers.${i}.norm`, width),
    ]),
    ...norm(`${path}.decoder_norm`, width),
    ...affine(`${path}.class_embed`, [decoder.classes + 1, width]),
    ...affine(`${path}.mask_embed.layers.0`, [width, width]),
    ...affine(`${path}.mask_embed.layers.1`, [width, width]),
    ...affine(`${path}.mask_embed.layers.2`, [pixelDecoder.maskWidth, width]),
  ];
}

function attention(path: string, part: string, width: number): Entry[] {
  return [
    [`${path}.${part}.in_proj_weight`, [3 * width, width]],
    [`${path}.${part}.in_proj_bias`, [3 * width]],
    ...affine(`${path}.${part}.out_proj`, [width, width]),
    ...norm(`${path}.norm`, width),
  ];
}

/** A convolution without a bias, and the statistics of the batch normalisation after it. */
function normalisedConvolution(path: string, shape: readonly [number, number, number, number]): Entry[] {
  const [channels] = shape;
  return [
    [`${path}.weight`, shape],
    ...norm(`${path}.norm`, channels),
    [`${path}.norm.running_mean`, [channels]],
    [`${path}.norm.running_var`, [channels]],
  ];
}

function affine(path: string, shape: readonly [number, ...number[]]): Entry[] {
  return [
    [`${path}.weight`, shape],
    [`${path}.bias`, [shape[0]]],
  ];
}

function norm(path: string, channels: number): Entry[] {
  return [
    [`${path}.weight`, [channels]],
    [`${path}.bias`, [channels]],
  ];
}

function repeat(count: number, entries: (i: number) => Entry[]): Entry[] {
  return Array.from({ length: count }, (_, i) => entries(i)).flat();
}
