import type { YamlObject } from '../../src/m2fp/detectron2/yaml-file.ts';
import type { ModelJson } from './plain-network/model-json.ts';

/**
 * Test support: the configuration that the authors of M2FP would have written for this network, as it is once read.
 * `changes` are by dotted names; undefined leaves a key out.
 */
export function detectron2Yaml(
  { backbone, encoder, decoder }: ModelJson,
  changes: Record<string, unknown> = {},
): YamlObject {
  const root: YamlObject = {
    MODEL: {
      META_ARCHITECTURE: 'M2FP',
      BACKBONE: { NAME: 'build_resnet_deeplab_backbone' },
      PIXEL_MEAN: [123.675, 116.28, 103.53],
      PIXEL_STD: [58.395, 57.12, 57.375],
      RESNETS: {
        DEPTH: backbone.depth,
        STEM_TYPE: 'deeplab',
        STEM_OUT_CHANNELS: backbone.stem_out_channels,
        RES2_OUT_CHANNELS: backbone.res2_out_channels,
        NUM_GROUPS: backbone.num_groups,
        WIDTH_PER_GROUP: backbone.width_per_group,
        STRIDE_IN_1X1: backbone.stride_in_1x1,
        RES4_DILATION: backbone.res4_dilation,
        RES5_DILATION: backbone.res5_dilation,
        RES5_MULTI_GRID: [...backbone.res5_multi_grid],
      },
      SEM_SEG_HEAD: {
        NAME: 'M2FPHead',
        NUM_CLASSES: decoder.num_classes,
        CONVS_DIM: encoder.conv_dim,
        MASK_DIM: encoder.mask_dim,
        PIXEL_DECODER_NAME: 'MSDeformAttnPixelDecoder',
        TRANSFORMER_ENC_LAYERS: encoder.transformer_enc_layers,
      },
      M2FP: {
        HIDDEN_DIM: decoder.hidden_dim,
        NUM_OBJECT_QUERIES: decoder.num_queries,
        NHEADS: decoder.nheads,
        DIM_FEEDFORWARD: decoder.dim_feedforward,
        DEC_LAYERS: decoder.dec_layers + 1,
        ENFORCE_INPUT_PROJ: decoder.enforce_input_project,
        TEST: { SEMANTIC_ON: false, PARSING_ON: true },
      },
    },
    DATASETS: { TEST: '("cihp_parsing_val",)' },
    INPUT: { FORMAT: 'RGB', MIN_SIZE_TEST: 640 },
    TEST: { AUG: { ENABLED: true, MIN_SIZES: '(640,)', MAX_SIZE: 2048 } },
  };
  for (const [name, value] of Object.entries(changes)) change(root, name.split('.'), value);
  return root;
}

function change(section: YamlObject, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) {
    section[key] ??= {};
    change(section[key] as YamlObject, rest, value);
  } else if (value === undefined) delete section[key];
  else section[key] = value;
}
