import { expect, it } from 'vitest';
import { describeMask2Former, describeStrangeNetwork } from './known-networks.ts';

const decoder = ['sem_seg_head.predictor.query_feat.weight', 'sem_seg_head.pixel_decoder.mask_features.weight'];

it.each([
  [
    ['model.pixel_level_module.encoder.embeddings.norm.weight', 'class_predictor.weight'],
    'Hugging Face’s transformers',
  ],
  [['panoptic_head.pixel_decoder.mask_feature.weight', 'backbone.conv1.weight'], 'MMDetection'],
  [['decode_head.pixel_decoder.mask_feature.weight'], 'MMSegmentation'],
  [
    ['sem_seg_head.predictor.transformer.decoder.norm.weight', 'backbone.stem.conv1.weight'],
    'MaskFormer of detectron2',
  ],
  [['backbone.patch_embed.proj.weight', 'backbone.layers.0.blocks.0.norm1.weight', ...decoder], 'Swin transformer'],
  [['backbone.net.blocks.0.norm1.weight', ...decoder], 'vision transformer'],
  [['roi_heads.box_head.fc1.weight', 'backbone.bottom_up.stem.conv1.weight'], 'Mask R-CNN'],
  [['model.diffusion_model.input_blocks.0.0.weight'], 'diffusion model'],
  [['down_blocks.0.attentions.0.norm.weight'], 'diffusion model'],
  [['segformer.encoder.block.0.0.layer_norm_1.weight'], 'SegFormer'],
  [['conv1.weight', 'edge_layer.conv1.0.weight', 'decoder.conv3.0.weight'], 'SCHP'],
  [['stem.conv1.weight', 'res2.0.conv1.weight'], 'only the backbone'],
  [['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight'], 'ResNet of torchvision'],
  [['x'], 'no network that is known here'],
  [[], 'no network that is known here'],
])('%j looks like %s', (names, what) => {
  expect(describeStrangeNetwork(names)).toContain(what);
});

it('M2FP looks like nothing else, even where tensors are missing', () => {
  expect(describeStrangeNetwork(['backbone.res2.0.conv1.weight', ...decoder])).toBeUndefined();
  expect(describeStrangeNetwork(decoder)).toBeUndefined();
  expect(describeStrangeNetwork(['backbone.res2.0.conv1.weight'])).toBeUndefined();
});

it('detectron2’s own Mask2Former is told by its classes', () => {
  expect(describeMask2Former(133)).toContain('COCO panoptic');
  expect(describeMask2Former(21)).toBeUndefined();
  expect(describeMask2Former(undefined)).toBeUndefined();
});
