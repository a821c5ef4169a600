/** Networks that are often mistaken for M2FP's, by the names of their tensors. */

/** A tensor of each part; a checkpoint that has none of them is of another network. */
const ownTensors = [
  'backbone.res2.0.conv1.weight',
  'sem_seg_head.pixel_decoder.mask_features.weight',
  'sem_seg_head.predictor.query_feat.weight',
];

/** The first that fits. Each is tried on every name. */
const networks: readonly (readonly [name: RegExp, what: string])[] = [
  [/^(model\.)?pixel_level_module\./, 'a Mask2Former or MaskFormer of Hugging Face’s transformers'],
  [/^panoptic_head\.pixel_decoder\./, 'a Mask2Former of MMDetection'],
  [/^decode_head\.(pixel_decoder|transformer_decoder)\./, 'a Mask2Former of MMSegmentation'],
  [/^sem_seg_head\.predictor\.transformer\.decoder\./, 'a MaskFormer of detectron2 (the first version)'],
  [
    /^backbone\.(patch_embed\.|layers\.0\.blocks\.)/,
    'a Mask2Former or M2FP with a Swin transformer, where only ResNets are read',
  ],
  [/^backbone\.(net\.)?blocks\.\d/, 'a network with a vision transformer, where only ResNets are read'],
  [/^(proposal_generator|roi_heads)\./, 'a Mask R-CNN or Faster R-CNN of detectron2'],
  [/^(model\.diffusion_model\.|down_blocks\.|first_stage_model\.)/, 'a diffusion model (Stable Diffusion, diffusers)'],
  [/lora_(up|down|A|B)\b|^lora_/, 'a LoRA of another model'],
  [/^(segformer|model\.segformer)\.|^decode_head\.linear_c/, 'a SegFormer'],
  [/^(edge_layer|decoder\.conv3|fushion|context_encoding)\./, 'SCHP (Self-Correction for Human Parsing)'],
  [/^(transformer\.encoder\.layers\.0|model\.transformer)\..*|^(class_embed|bbox_embed)\./, 'a DETR'],
  [/^(text_model|vision_model|visual|bert|roberta|transformer\.h)\./, 'a language or CLIP model'],
  [/^(stem\.conv1|res2\.0\.conv1)\./, 'only the backbone of a detectron2 network, as training begins with'],
  [/^(conv1\.weight$|layer1\.0\.)/, 'a ResNet of torchvision, or a network on one'],
];

/** What a checkpoint without any of M2FP's tensors looks like, as the end of a sentence; undefined if it has some. */
export function describeStrangeNetwork(names: readonly string[]): string | undefined {
  const known = networks.find(([pattern]) => names.some((name) => pattern.test(name)));
  const own = ownTensors.filter((tensor) => names.includes(tensor));
  // A network with another backbone has all but M2FP's backbone.
  if (own.length > 0 && (own.includes('backbone.res2.0.conv1.weight') || known === undefined)) return undefined;
  return known?.[1] ?? 'no network that is known here';
}

/** Data sets that Mask2Former's own checkpoints are for, by their number of classes. */
const otherClasses: ReadonlyMap<number, string> = new Map([
  [133, 'COCO panoptic'],
  [80, 'COCO instance'],
  [150, 'ADE20K'],
  [100, 'ADE20K instance'],
  [65, 'Mapillary Vistas'],
  [19, 'Cityscapes'],
  [40, 'YouTubeVIS'],
]);

/**
 * detectron2's own Mask2Former has tensors of the same names: only the number of its classes gives it away. Undefined
 * for any other number.
 */
export function describeMask2Former(classes: number | undefined): string | undefined {
  const dataset = classes === undefined ? undefined : otherClasses.get(classes);
  return dataset && `detectron2’s own Mask2Former for ${dataset} has ${classes} classes and tensors of the same names`;
}
