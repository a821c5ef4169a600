import { describe, expect, it } from 'vitest';
import { smallModel, type ModelOverrides } from '../../../testing/m2fp/small-model.ts';
import { detectron2Yaml } from '../../../testing/m2fp/detectron2-yaml.ts';
import type { TensorSource } from '../../checkpoint/tensor-source.ts';
import { tensorProblems } from '../tensor-problems.ts';
import { parseDetectron2 } from './configuration.ts';
import type { YamlObject } from './yaml-file.ts';

const file = 'm2fp.yaml';

/** A configuration with some keys changed or, with undefined, left out. */
function parse(changes: Record<string, unknown> = {}, overrides: ModelOverrides = {}) {
  const { json, source } = smallModel(overrides);
  return { source, configuration: parseDetectron2(detectron2Yaml(json, changes), file, source) };
}

const problemsOf = (changes: Record<string, unknown>, overrides: ModelOverrides = {}): string[] => {
  const { source, configuration } = parse(changes, overrides);
  return tensorProblems(source, configuration);
};

describe('a configuration of detectron2', () => {
  const networks: [string, ModelOverrides][] = [
    ['the plain one', {}],
    ['101 layers', { backbone: { depth: 101 } }],
    [
      '152 layers, dilated, with groups',
      { backbone: { depth: 152, num_groups: 2, res4_dilation: 2, res5_dilation: 4 } },
    ],
    ['a multi-grid', { backbone: { res5_dilation: 2, res5_multi_grid: [1, 2, 4] } }],
    ['other widths', { encoder: { conv_dim: 64, mask_dim: 20 }, decoder: { hidden_dim: 40, mask_dim: 20 } }],
    ['other counts', { encoder: { transformer_enc_layers: 3 }, decoder: { dec_layers: 6, num_queries: 7 } }],
    ['a projection', { decoder: { enforce_input_project: true } }],
  ];
  it.each(networks)('describes the network that ModelScope’s describes: %s', (_name, overrides) => {
    const { source, configuration } = parse({}, overrides);
    expect(configuration.architecture).toEqual(smallModel(overrides).configuration.architecture);
    expect(tensorProblems(source, configuration)).toEqual([]);
  });

  it('that says nothing about sizes has those of the tensors, and detectron2’s other defaults', () => {
    const overrides = {
      backbone: { depth: 101, num_groups: 2, stem_out_channels: 12 },
      decoder: { dec_layers: 5 },
    } as const;
    const { architecture } = smallModel(overrides).configuration;
    const yaml = { MODEL: { M2FP: { TEST: { PARSING_ON: true } } }, DATASETS: { TEST: '("cihp_parsing_val",)' } };
    const configuration = parseDetectron2(yaml, file, smallModel(overrides).source);
    expect(configuration.architecture).toEqual({
      ...architecture,
      backbone: { ...architecture.backbone, strideIn1x1: true, res5MultiGrid: [1, 2, 4] },
    });
    expect(configuration.assumedKeys).toContain('MODEL.RESNETS.STRIDE_IN_1X1');
    expect(configuration.input).toMatchObject({ mean: [123.675, 116.28, 103.53], std: [1, 1, 1], channels: 'BGR' });
  });

  it('may have the basic stem, by its type or by the builder that has no other', () => {
    const basic: ModelOverrides = { backbone: { stem: 'basic' } };
    expect(problemsOf({ 'MODEL.RESNETS.STEM_TYPE': 'basic' }, basic)).toEqual([]);
    const { source, configuration } = parse({ 'MODEL.BACKBONE.NAME': 'build_resnet_backbone' }, basic);
    expect(tensorProblems(source, configuration)).toEqual([]);
    expect(configuration.architecture.backbone).toMatchObject({ stem: 'basic', res5MultiGrid: [1, 1, 1] });
  });

  it.each(['BN', 'FrozenBN', 'SyncBN'])('may have been trained with %s', (norm) => {
    expect(problemsOf({ 'MODEL.RESNETS.NORM': norm })).toEqual([]);
  });

  it('lists what it does not need, whole sections as one', () => {
    const { configuration } = parse({ 'SOLVER.BASE_LR': 1, 'SOLVER.STEPS': '(1, 2)', 'MODEL.M2FP.DROPOUT': 0 });
    expect(configuration.ignoredKeys).toEqual(['MODEL.M2FP.DROPOUT', 'SOLVER']);
  });

  it('gives the input: order of channels, mean and deviation, the size it is tested at', () => {
    const rgb = { mean: [1, 2, 3], std: [4, 5, 6], channels: 'RGB', minSize: 640, maxSize: 2048 };
    const changes = { 'MODEL.PIXEL_MEAN': [1, 2, 3], 'MODEL.PIXEL_STD': '(4, 5, 6)' };
    expect(parse(changes).configuration.input).toEqual(rgb);
    expect(parse({ ...changes, 'INPUT.FORMAT': 'BGR' }).configuration.input).toMatchObject({
      mean: [3, 2, 1],
      std: [6, 5, 4],
      channels: 'BGR',
    });
    const plain = { 'TEST.AUG.ENABLED': false, 'INPUT.MIN_SIZE_TEST': 512 };
    expect(parse(plain).configuration.input).toMatchObject({ minSize: 512, maxSize: 1333 });
  });

  it('without an order of channels, but with a mean for RGB, gets a note', () => {
    expect(parse({ 'INPUT.FORMAT': undefined }).configuration.notes).toEqual([
      'INPUT.FORMAT is missing, which is BGR, but MODEL.PIXEL_MEAN looks like one for RGB.',
    ]);
  });
});

describe('what it is for', () => {
  const lip = { 'DATASETS.TEST': '("lip_semseg_val",)', 'MODEL.M2FP.TEST': { SEMANTIC_ON: true } };
  const twenty: ModelOverrides = { decoder: { num_classes: 20 } };

  it('is one person in a box if only classes are told apart', () => {
    const { configuration } = parse(
      { ...lip, 'INPUT.SINGLE_HUMAN': { ENABLED: true, SIZES: '([192, 256],)' } },
      twenty,
    );
    expect(configuration.task).toEqual({ kind: 'm2fp-single', widthPx: 192, heightPx: 256, resizeBeforeSum: false });
    expect(configuration.classNames[10]).toBe('Jumpsuits');
    expect(configuration.notes).toEqual([]);
  });

  it('is a box of 384 x 512 unless the file says another', () => {
    const { configuration } = parse(lip, twenty);
    expect(configuration.task).toMatchObject({ widthPx: 384, heightPx: 512 });
  });

  it('gets a note where the authors would look at the whole photo', () => {
    const changes = { ...lip, 'DATASETS.TEST': '("cihp_parsing_val",)' };
    expect(parse(changes, twenty).configuration.notes[0]).toMatch('test such a network on the whole photo');
  });

  const datasets: [string, number, number, string, number][] = [
    ['cihp_parsing_val', 21, 10, 'Torso-skin', 20],
    ['mhpv2_parsing_val', 60, 37, 'Jumpsuits', 59],
    ['MHP-v2', 60, 58, 'Other-lower-body-clothes', 59],
    ['pascal-person-part_parsing_test', 8, 2, 'Head', 7],
    ['ppp_parsing_val', 8, 6, 'Upper-arm', 7],
    // Without the whole person.
    ['mhpv2_parsing_val', 59, 58, 'Other-lower-body-clothes', 59],
  ];
  it.each(datasets)('%s with %i classes has its names', (dataset, classes, id, name, personClassId) => {
    const { configuration } = parse({ 'DATASETS.TEST': `("${dataset}",)` }, { decoder: { num_classes: classes } });
    expect(configuration.classNames).toHaveLength(classes);
    expect(configuration.classNames[id]).toBe(name);
    expect(configuration.task).toEqual({ kind: 'm2fp', personClassId });
    expect(configuration.notes).toEqual([]);
  });

  it('takes the names of the data set that it was trained on if the other does not fit', () => {
    const changes = { 'DATASETS.TEST': '("cihp_parsing_val",)', 'DATASETS.TRAIN': ['mhpv2_parsing_train'] };
    expect(parse(changes, { decoder: { num_classes: 60 } }).configuration.classNames[1]).toBe('Cap/Hat');
  });

  it.each([
    [8, 'PASCAL-Person-Part'],
    [60, 'MHP-v2'],
  ])('without a data set, %i classes are taken to be those of %s', (classes, dataset) => {
    const { configuration } = parse({ 'DATASETS.TEST': undefined }, { decoder: { num_classes: classes } });
    expect(configuration.notes).toEqual([`No data set is named: the classes are taken to be those of ${dataset}.`]);
    expect(configuration.classNames.at(-1)).toBe('Human');
  });

  it('without a data set and with another number of classes, they are numbered', () => {
    const { configuration } = parse({ 'DATASETS.TEST': undefined }, { decoder: { num_classes: 5 } });
    expect(configuration.notes[0]).toContain('none that is known here has 5 classes');
  });

  it.each([
    ['an unknown data set', 'my_people_val', 5, 'The data set my_people_val is not known here'],
    ['one with another number of classes', 'cihp_parsing_val', 5, 'CIHP has 21 classes, but the network 5'],
  ])('%s gets numbered names and a note', (_name, dataset, classes, note) => {
    const { configuration } = parse({ 'DATASETS.TEST': `("${dataset}",)` }, { decoder: { num_classes: classes } });
    expect(configuration.classNames).toEqual(['class_0', 'class_1', 'class_2', 'class_3', 'class_4']);
    expect(configuration.task).toEqual({ kind: 'm2fp', personClassId: 4 });
    expect(configuration.notes[0]).toContain(note);
    expect(configuration.notes[0]).toContain('--labels FILE');
  });
});

describe('what does not fit', () => {
  it.each([
    ['MODEL.RESNETS.DEPTH', 101, 'MODEL.RESNETS.DEPTH 101, but the tensors in random tensors, seed 1 show 50.'],
    ['MODEL.RESNETS.STEM_TYPE', 'basic', 'STEM_TYPE (and MODEL.BACKBONE.NAME) basic, but'],
    ['MODEL.RESNETS.WIDTH_PER_GROUP', 64, 'MODEL.RESNETS.WIDTH_PER_GROUP 64, but'],
    ['MODEL.RESNETS.NUM_GROUPS', 2, 'MODEL.RESNETS.NUM_GROUPS 2, but'],
    ['MODEL.SEM_SEG_HEAD.TRANSFORMER_ENC_LAYERS', 1, 'TRANSFORMER_ENC_LAYERS 1, but'],
    ['MODEL.SEM_SEG_HEAD.NUM_CLASSES', 20, 'MODEL.SEM_SEG_HEAD.NUM_CLASSES 20, but'],
    ['MODEL.M2FP.DEC_LAYERS', 4, 'MODEL.M2FP.DEC_LAYERS 4, but the tensors in random tensors, seed 1 show 5.'],
    ['MODEL.M2FP.NHEADS', 8, 'MODEL.M2FP.NHEADS 8, but'],
    ['MODEL.M2FP.NUM_OBJECT_QUERIES', 100, 'MODEL.M2FP.NUM_OBJECT_QUERIES 100, but'],
    ['MODEL.M2FP.ENFORCE_INPUT_PROJ', true, 'MODEL.M2FP.ENFORCE_INPUT_PROJ true, but'],
  ])('%s %s is named with what the tensors show', (key, value, message) => {
    expect(problemsOf({ [key]: value })[0]).toContain(message);
  });

  it('a network with more blocks than the file says, which has every tensor that is asked for', () => {
    expect(problemsOf({ 'MODEL.RESNETS.DEPTH': 50 }, { backbone: { depth: 101 } })).toHaveLength(1);
  });

  it('detectron2’s own Mask2Former, whose tensors have the same names, is named by its classes', () => {
    const problems = problemsOf({ 'MODEL.SEM_SEG_HEAD.NUM_CLASSES': 21 }, { decoder: { num_classes: 133 } });
    expect(problems[1]).toContain('Mask2Former for COCO panoptic has 133 classes');
  });

  const refused: [string, unknown, string][] = [
    ['MODEL.META_ARCHITECTURE', 'MaskFormer', 'is not for M2FP: MODEL.META_ARCHITECTURE is "MaskFormer"'],
    ['MODEL.BACKBONE.NAME', 'D2SwinTransformer', 'MODEL.BACKBONE.NAME is "D2SwinTransformer": only'],
    ['MODEL.SEM_SEG_HEAD.PIXEL_DECODER_NAME', 'BasePixelDecoder', 'PIXEL_DECODER_NAME is "BasePixelDecoder": only'],
    ['MODEL.SEM_SEG_HEAD.NORM', '', 'MODEL.SEM_SEG_HEAD.NORM is "": only "GN"'],
    ['MODEL.RESNETS.NORM', 'GN', 'MODEL.RESNETS.NORM is "GN": only "BN" is supported'],
    ['MODEL.RESNETS.DEPTH', 34, 'MODEL.RESNETS.DEPTH is 34: only 50, 101 and 152'],
    ['MODEL.RESNETS.DEFORM_ON_PER_STAGE', [false, true, false, false], 'deformable convolutions'],
    ['MODEL.M2FP.PRE_NORM', true, 'MODEL.M2FP.PRE_NORM is true: only false'],
    ['MODEL.M2FP.DEC_LAYERS', 1, 'MODEL.M2FP.DEC_LAYERS is 1'],
    ['MODEL.M2FP.TRANSFORMER_IN_FEATURE', 'res5', 'TRANSFORMER_IN_FEATURE is "res5": only'],
    ['MODEL.RESNETS.OUT_FEATURES', ['res4'], 'MODEL.RESNETS.OUT_FEATURES is ["res4"]'],
    ['MODEL.PIXEL_MEAN', [1, 2], 'm2fp.yaml: MODEL.PIXEL_MEAN is not a list of three numbers'],
    ['MODEL.PIXEL_STD', [0, 1, 1], 'MODEL.PIXEL_STD has a value that is not above 0'],
    ['INPUT.FORMAT', 'L', 'INPUT.FORMAT is "L"'],
  ];
  it.each(refused)('%s %j is refused', (key, value, message) => {
    expect(() => parse({ [key]: value })).toThrow(message);
    expect(() => parse({ [key]: value })).toThrow(file);
  });

  it('a configuration of detectron2’s own Mask2Former is refused as such', () => {
    const yaml: YamlObject = { MODEL: { META_ARCHITECTURE: 'MaskFormer', MASK_FORMER: { NHEADS: 8 } } };
    expect(() => parseDetectron2(yaml, file, smallModel().source)).toThrow(
      'detectron2’s own Mask2Former or MaskFormer',
    );
  });

  it('no number of classes anywhere is refused', () => {
    const empty: TensorSource = { ...smallModel().source, names: () => [], shape: () => undefined };
    expect(() => parseDetectron2({}, file, empty)).toThrow('say how many classes there are');
  });
});
