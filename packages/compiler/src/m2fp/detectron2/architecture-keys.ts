/** What the configurations of detectron2 and M2FP call the sizes of a network, and what a file without a key means. */
import type { Settings } from './settings.ts';
import { checkpointError } from '../../checkpoint/checkpoint-error.ts';
import { publishedModel } from '../configuration-schema.ts';
import type { VisibleSizes } from '../visible-sizes.ts';

/** By ModelScope's names, in whose form a network is checked. */
const sizeKeys: Readonly<Record<string, string>> = {
  'backbone.depth': 'MODEL.RESNETS.DEPTH',
  'backbone.norm': 'MODEL.RESNETS.NORM',
  'backbone.out_features': 'MODEL.RESNETS.OUT_FEATURES',
  'backbone.num_groups': 'MODEL.RESNETS.NUM_GROUPS',
  'backbone.width_per_group': 'MODEL.RESNETS.WIDTH_PER_GROUP',
  'backbone.stem_out_channels': 'MODEL.RESNETS.STEM_OUT_CHANNELS',
  'backbone.res2_out_channels': 'MODEL.RESNETS.RES2_OUT_CHANNELS',
  'backbone.stride_in_1x1': 'MODEL.RESNETS.STRIDE_IN_1X1',
  'backbone.res4_dilation': 'MODEL.RESNETS.RES4_DILATION',
  'backbone.res5_dilation': 'MODEL.RESNETS.RES5_DILATION',
  'backbone.res5_multi_grid': 'MODEL.RESNETS.RES5_MULTI_GRID',
  'encoder.in_features': 'MODEL.SEM_SEG_HEAD.IN_FEATURES',
  'encoder.transformer_in_features': 'MODEL.SEM_SEG_HEAD.DEFORMABLE_TRANSFORMER_ENCODER_IN_FEATURES',
  'encoder.transformer_nheads': 'MODEL.M2FP.NHEADS',
  'encoder.transformer_enc_layers': 'MODEL.SEM_SEG_HEAD.TRANSFORMER_ENC_LAYERS',
  'encoder.conv_dim': 'MODEL.SEM_SEG_HEAD.CONVS_DIM',
  'encoder.mask_dim': 'MODEL.SEM_SEG_HEAD.MASK_DIM',
  'encoder.common_stride': 'MODEL.SEM_SEG_HEAD.COMMON_STRIDE',
  'decoder.num_classes': 'MODEL.SEM_SEG_HEAD.NUM_CLASSES',
  'decoder.hidden_dim': 'MODEL.M2FP.HIDDEN_DIM',
  'decoder.num_queries': 'MODEL.M2FP.NUM_OBJECT_QUERIES',
  'decoder.nheads': 'MODEL.M2FP.NHEADS',
  'decoder.dim_feedforward': 'MODEL.M2FP.DIM_FEEDFORWARD',
  'decoder.dec_layers': 'MODEL.M2FP.DEC_LAYERS',
  'decoder.pre_norm': 'MODEL.M2FP.PRE_NORM',
  'decoder.mask_dim': 'MODEL.SEM_SEG_HEAD.MASK_DIM',
  'decoder.enforce_input_project': 'MODEL.M2FP.ENFORCE_INPUT_PROJ',
};

/** Of keys that are checked under another name, and of what no key sets. */
const otherKeys: Readonly<Record<string, string>> = {
  'backbone.stem': 'MODEL.RESNETS.STEM_TYPE (and MODEL.BACKBONE.NAME)',
  'encoder.transformer_dim_feedforward': 'the encoder’s feed-forward width',
  'input_single_human.sizes': 'INPUT.SINGLE_HUMAN.SIZES',
  sem_seg_postprocess_before_inference: 'MODEL.M2FP.TEST.SEM_SEG_POSTPROCESSING_BEFORE_INFERENCE',
};

/** detectron2's name of a key, for messages. */
export function detectron2Key(key: string): string {
  // The path of a wrong value may lead into a list.
  const name = key.split('.').slice(0, 2).join('.');
  return sizeKeys[name] ?? otherKeys[name] ?? key;
}

/** The heads on the learned queries count as a layer there. */
export function detectron2Value(key: string, value: unknown): unknown {
  return key === 'decoder.dec_layers' && typeof value === 'number' ? value + 1 : value;
}

/** Values that no network can be built without; a file need not have the keys. */
const requirements: readonly (readonly [key: string, values: readonly unknown[]])[] = [
  ['MODEL.SEM_SEG_HEAD.NAME', ['M2FPHead']],
  ['MODEL.SEM_SEG_HEAD.NORM', ['GN']],
  ['MODEL.SEM_SEG_HEAD.PIXEL_DECODER_NAME', ['MSDeformAttnPixelDecoder']],
  ['MODEL.M2FP.TRANSFORMER_DECODER_NAME', ['MultiScaleMaskedTransformerDecoder']],
  ['MODEL.M2FP.TRANSFORMER_IN_FEATURE', ['multi_scale_pixel_decoder']],
  ['MODEL.M2FP.SIZE_DIVISIBILITY', [32, -1, 0]],
  ['MODEL.BACKBONE.NAME', ['build_resnet_deeplab_backbone', 'build_resnet_backbone']],
];

/** Throws `model_unavailable` for another architecture than M2FP on a ResNet. */
export function assertM2fp(settings: Settings, file: string): void {
  const kind = settings.get('MODEL.META_ARCHITECTURE');
  if (kind !== undefined && kind !== 'M2FP') {
    const own = settings.has('MODEL.MASK_FORMER') ? ': detectron2’s own Mask2Former or MaskFormer' : '';
    throw checkpointError(`${file} is not for M2FP: MODEL.META_ARCHITECTURE is ${JSON.stringify(kind)}${own}.`);
  }
  if (settings.has('MODEL.MASK_FORMER') && !settings.has('MODEL.M2FP')) {
    throw checkpointError(
      `${file} is for detectron2’s own Mask2Former or MaskFormer (MODEL.MASK_FORMER), not for M2FP.`,
    );
  }
  const problems = requirements.flatMap(([key, values]) => {
    const value = settings.get(key);
    if (value === undefined || values.includes(value)) return [];
    const supported = values.map((one) => JSON.stringify(one)).join(' and ');
    return [`${key} is ${JSON.stringify(value)?.slice(0, 100)}: only ${supported} can be built`];
  });
  const deformed = settings.get('MODEL.RESNETS.DEFORM_ON_PER_STAGE');
  if (Array.isArray(deformed) && deformed.includes(true)) {
    problems.push('MODEL.RESNETS.DEFORM_ON_PER_STAGE has stages with deformable convolutions, which cannot be built');
  }
  if (problems.length > 0)
    throw checkpointError(`${file} describes a network that cannot be built: ${problems.join('; ')}.`);
}

/** Batch normalization whose statistics do not change anymore, whatever it was while training. */
const batchNorms: ReadonlySet<unknown> = new Set(['BN', 'FrozenBN', 'SyncBN', 'nnSyncBN', 'naiveSyncBN']);

/** The network's sizes as the file has them, in ModelScope's form. */
export function foundSizes(settings: Settings): { backbone: YamlSection; encoder: YamlSection; decoder: YamlSection } {
  const found = { backbone: {} as YamlSection, encoder: {} as YamlSection, decoder: {} as YamlSection };
  for (const [key, name] of Object.entries(sizeKeys)) {
    const [section, own = ''] = key.split('.') as [keyof typeof found, string];
    const value = settings.get(name);
    if (value !== undefined) found[section][own] = value;
  }
  const { backbone, decoder } = found;
  if (batchNorms.has(backbone['norm'])) backbone['norm'] = 'BN';
  // As in `detectron2Value`.
  if (typeof decoder['dec_layers'] === 'number') decoder['dec_layers'] -= 1;
  // This builder knows neither: `detectron2/modeling/backbone/resnet.py`.
  if (settings.get('MODEL.BACKBONE.NAME') === 'build_resnet_backbone') {
    backbone['res4_dilation'] = 1;
    backbone['res5_multi_grid'] = [1, 1, 1];
  }
  return found;
}

type YamlSection = Record<string, unknown>;

/**
 * What a file that does not have a key means: what the tensors show, where they do; else the default of detectron2, of
 * its DeepLab project, or of M2FP. Without any file, the published value.
 */
export function standardModel(sizes: VisibleSizes, isSingle: boolean, hasFile: boolean): Record<string, unknown> {
  const standard = publishedModel(isSingle) as Record<'backbone' | 'encoder' | 'decoder', YamlSection>;
  const { backbone, pixelDecoder, decoder } = sizes;
  return {
    ...standard,
    backbone: {
      ...standard.backbone,
      ...(hasFile ? { stride_in_1x1: true, res5_multi_grid: [1, 2, 4] } : {}),
      ...defined({
        depth: backbone.depth,
        num_groups: backbone.groups,
        width_per_group: backbone.widthPerGroup,
        stem_out_channels: backbone.stemWidth,
        res2_out_channels: backbone.res2Width,
      }),
    },
    encoder: {
      ...standard.encoder,
      ...defined({
        transformer_nheads: pixelDecoder.heads,
        transformer_dim_feedforward: pixelDecoder.feedForwardWidth,
        transformer_enc_layers: pixelDecoder.layers,
        conv_dim: pixelDecoder.width,
        mask_dim: pixelDecoder.maskWidth,
      }),
    },
    decoder: {
      ...standard.decoder,
      ...defined({
        num_classes: decoder.classes,
        hidden_dim: decoder.width,
        num_queries: decoder.queries,
        // One key sets the heads of both.
        nheads: pixelDecoder.heads,
        dim_feedforward: decoder.feedForwardWidth,
        dec_layers: decoder.layers,
        mask_dim: pixelDecoder.maskWidth,
        enforce_input_project: decoder.projectsInput,
      }),
    },
  };
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
