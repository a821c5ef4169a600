/**
 * The values that the compiler knows how to build, for each key of ModelScope's `configuration.json` that a network's
 * function depends on. Checked after missing keys were filled in, so that every key is there.
 */
import { z } from 'zod';

const size = z.int().min(1).max(65_536);
const layers = z.int().min(1).max(256);
const dilation = z.int().min(1).max(64);

/** Exactly these values, in this order where they are a list. */
function only<const Value extends string | number | boolean>(value: Value, why?: string): z.ZodLiteral<Value> {
  return z.literal(value, {
    error: `only ${JSON.stringify(value)} is supported${why === undefined ? '' : ` (${why})`}`,
  });
}

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
  norm: only('BN', 'batch normalisation folds into the convolutions'),
  stem_out_channels: size.multipleOf(2, { error: 'the stem has to be of even width' }),
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
  conv_dim: size.multipleOf(32, { error: 'it has to be a multiple of 32, the groups of GroupNorm' }),
  mask_dim: size,
  transformer_in_features: onlyList(['res3', 'res4', 'res5']),
  common_stride: only(4),
});

const decoder = z.object({
  num_classes: z.int().min(1).max(255),
  hidden_dim: size.multipleOf(4, { error: 'it has to be a multiple of 4: sines and cosines of two coordinates' }),
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

const people = z.object({
  ...network,
  single_human: z.literal(false),
  num_parsing: z.int().min(1),
  parsing_on: only(true, 'many people are told apart by parsing'),
  semantic_on: only(false, 'with single_human false'),
  sem_seg_postprocess_before_inference: only(true, 'masks would not have the size of the photo'),
});

const single = z.object({
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

export const modelSchema = z.discriminatedUnion('single_human', [people, single], {
  error: 'only true and false are supported',
});
export type ModelConfiguration = z.infer<typeof modelSchema>;
