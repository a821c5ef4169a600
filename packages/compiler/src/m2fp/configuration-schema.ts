/**
 * The keys of ModelScope's `configuration.json` that a network's function depends on; any other is ignored. For each:
 * the values that the compiler can build, and the value of the published checkpoints
 * (`iic/cv_resnet101_image-multiple-human-parsing` and `iic/cv_resnet101_image-single-human-parsing` on ModelScope),
 * which a configuration without the key has. Values are checked after missing keys were filled in, so that every key is
 * there.
 */
import { z } from 'zod';

const size = z.int().min(1).max(65_536);
const layers = z.int().min(1).max(256);
const dilation = z.int().min(1).max(64);

/** Exactly this value. */
function only<const Value extends string | number | boolean>(value: Value, why?: string): z.ZodLiteral<Value> {
  return z.literal(value, {
    error: `only ${JSON.stringify(value)} is supported${why === undefined ? '' : ` (${why})`}`,
  });
}

/** Exactly these values, in any order. */
function onlyList(values: readonly string[]): z.ZodType<string[]> {
  return z
    .array(z.string())
    .refine((found) => found.length === values.length && values.every((value) => found.includes(value)), {
      error: `only ${JSON.stringify(values)} is supported`,
    });
}

const stages = ['res2', 'res3', 'res4', 'res5'];

const backbone = z.object({
  out_features: onlyList(stages),
  depth: z.literal([50, 101, 152], { error: 'only 50, 101 and 152 are supported: ResNets of bottleneck blocks' }),
  num_groups: size,
  width_per_group: size,
  norm: only('BN', 'batch normalization folds into the convolutions'),
  stem_out_channels: size.multipleOf(2, { error: 'the stem must have an even width' }),
  res2_out_channels: size,
  stride_in_1x1: z.boolean(),
  res4_dilation: dilation,
  res5_dilation: dilation,
  res5_multi_grid: z.tuple([dilation, dilation, dilation]),
});

const encoder = z.object({
  in_features: onlyList(stages),
  transformer_nheads: size,
  transformer_dim_feedforward: size,
  transformer_enc_layers: layers,
  conv_dim: size.multipleOf(32, { error: 'it must be a multiple of 32, the number of groups in GroupNorm' }),
  mask_dim: size,
  transformer_in_features: onlyList(['res3', 'res4', 'res5']),
  common_stride: only(4),
});

const decoder = z.object({
  num_classes: z.int().min(1).max(255),
  hidden_dim: size.multipleOf(4, { error: 'it must be a multiple of 4: sines and cosines of two coordinates' }),
  num_queries: size,
  nheads: size,
  dim_feedforward: size,
  dec_layers: layers,
  pre_norm: only(false, 'the norms come after the sums in all published checkpoints'),
  mask_dim: size,
  enforce_input_project: z.boolean(),
});

const boxSide = z.int().min(1).max(8192);

const network = { type: only('m2fp'), backbone, encoder, decoder, classes: z.array(z.string().min(1)).nullable() };

const peopleSchema = z.object({
  ...network,
  single_human: z.literal(false),
  num_parsing: z.int().min(1),
  parsing_on: only(true, 'many people are told apart by parsing'),
  semantic_on: only(false, 'with single_human false'),
  sem_seg_postprocess_before_inference: only(true, 'masks would not have the size of the photo'),
});

const singleSchema = z.object({
  ...network,
  single_human: z.literal(true),
  input_single_human: z.object({
    /** (width, height) in px; only the first is used. */
    sizes: z.array(z.tuple([boxSide, boxSide])).min(1),
  }),
  parsing_on: only(false, 'with single_human true'),
  semantic_on: only(true, 'with single_human true'),
  sem_seg_postprocess_before_inference: z.boolean(),
});

export const modelSchema = z.discriminatedUnion('single_human', [peopleSchema, singleSchema], {
  error: 'only true and false are supported',
});
export type ModelConfiguration = z.infer<typeof modelSchema>;

const common = {
  type: 'm2fp',
  backbone: {
    out_features: stages,
    depth: 101,
    num_groups: 1,
    width_per_group: 64,
    norm: 'BN',
    stem_out_channels: 128,
    res2_out_channels: 256,
    stride_in_1x1: false,
    res4_dilation: 1,
    res5_dilation: 1,
    res5_multi_grid: [1, 1, 1],
  },
  encoder: {
    in_features: stages,
    transformer_nheads: 8,
    transformer_dim_feedforward: 1024,
    transformer_enc_layers: 6,
    conv_dim: 256,
    mask_dim: 256,
    transformer_in_features: ['res3', 'res4', 'res5'],
    common_stride: 4,
  },
  decoder: {
    hidden_dim: 256,
    num_queries: 100,
    nheads: 8,
    dim_feedforward: 2048,
    dec_layers: 9,
    pre_norm: false,
    mask_dim: 256,
    enforce_input_project: false,
  },
  num_parsing: 20,
};

const people = {
  ...common,
  decoder: { num_classes: 21, ...common.decoder },
  /** Null: named by the number of classes. */
  classes: null,
  single_human: false,
  input_single_human: null,
  parsing_on: true,
  semantic_on: false,
  sem_seg_postprocess_before_inference: true,
};

const single = {
  ...people,
  decoder: { num_classes: 20, ...common.decoder },
  single_human: true,
  input_single_human: { sizes: [[384, 512]] },
  parsing_on: false,
  semantic_on: true,
  sem_seg_postprocess_before_inference: false,
};

/** The `model` part of a published configuration, as JSON has it. */
export function publishedModel(singleHuman: boolean): Readonly<Record<string, unknown>> {
  return singleHuman ? single : people;
}
