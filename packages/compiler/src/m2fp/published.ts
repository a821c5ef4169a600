/**
 * What the published checkpoints' `configuration.json` says (`iic/cv_resnet101_image-multiple-human-parsing` and
 * `iic/cv_resnet101_image-single-human-parsing` on ModelScope). A key that a configuration lacks has the value it has
 * here. These are all the keys that a network's function depends on: any other is ignored.
 */

const stages = ['res2', 'res3', 'res4', 'res5'];

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
  /** Null: named after the number of classes. */
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
