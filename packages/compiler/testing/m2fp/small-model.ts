import type { TensorSource } from '../../src/checkpoint/tensor-source.ts';
import { type M2fpConfiguration, parseConfiguration } from '../../src/m2fp/configuration.ts';
import { networkTensors } from '../../src/m2fp/network.ts';
import type { ModelJson } from './plain-network/model-json.ts';
import { randomTensors } from './random-tensors.ts';

export type ModelOverrides = { [Part in keyof ModelJson]?: Partial<ModelJson[Part]> };

/** A network small enough to be computed with loops; each part may be overridden. */
function smallModelJson(overrides: ModelOverrides = {}): ModelJson {
  return {
    backbone: {
      depth: 50,
      num_groups: 1,
      width_per_group: 4,
      stem_out_channels: 8,
      res2_out_channels: 16,
      stride_in_1x1: false,
      res4_dilation: 1,
      res5_dilation: 1,
      res5_multi_grid: [1, 1, 1],
      ...overrides.backbone,
    },
    encoder: {
      transformer_nheads: 4,
      transformer_dim_feedforward: 48,
      transformer_enc_layers: 2,
      conv_dim: 32,
      mask_dim: 32,
      ...overrides.encoder,
    },
    decoder: {
      num_classes: 21,
      hidden_dim: 32,
      num_queries: 12,
      nheads: 4,
      dim_feedforward: 40,
      dec_layers: 4,
      mask_dim: 32,
      enforce_input_project: false,
      ...overrides.decoder,
    },
  };
}

export interface SmallModel {
  json: ModelJson;
  configuration: M2fpConfiguration;
  source: TensorSource;
}

export function smallModel(overrides: ModelOverrides = {}, seed = 1): SmallModel {
  const json = smallModelJson(overrides);
  const parsed = parseConfiguration({ model: json });
  const { backbone } = parsed.architecture;
  // No key of this file says it.
  const architecture = { ...parsed.architecture, backbone: { ...backbone, stem: json.backbone.stem ?? 'deeplab' } };
  const configuration = { ...parsed, architecture };
  return { json, configuration, source: randomTensors(networkTensors(configuration.architecture), seed) };
}
