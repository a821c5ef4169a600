/** The published families of segmentation networks: what they take and give, their classes and their licenses. */
import type { SemanticInput, SemanticOutput } from '@m2fp/core/parsing';
import { atrClasses } from '@m2fp/core/render';
import { lip } from '../m2fp/class-tables.ts';
import { fashnClasses, pascalClasses } from './labels.ts';

/** All but the tensors' names, which the graph tells. */
export interface Contract {
  readonly input: Omit<SemanticInput, 'name'>;
  readonly output: Omit<SemanticOutput, 'name'>;
}

interface Preset {
  readonly contract: Contract;
  /** By id, background first. */
  readonly classes: readonly string[];
  /** Of the weights, if the user does not say. */
  readonly license: string;
}

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What is assumed where a contract says nothing. */
export const contractDefaults: {
  readonly input: Omit<SemanticInput, 'name' | 'size'>;
  readonly output: Contract['output'];
} = {
  input: {
    ...{ layout: 'nchw', fit: 'stretch', resize: 'bilinear', profile: 'ignore', channels: 'rgb' },
    ...{ scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1], fill: 0 },
  },
  output: { values: 'logits', layout: 'nchw', toInput: 'none', toPhoto: 'bilinear' },
};

/**
 * "Self-Correction for Human Parsing" (arXiv 1910.09777): OpenCV's BGR with ImageNet's statistics, an affine map about
 * the photo's center, and logits at stride 4 that go back by way of the input's size.
 */
function schp(side: number, classes: readonly string[]): Preset {
  const [red, green, blue] = imageNet.mean;
  const [redStd, greenStd, blueStd] = imageNet.std;
  return {
    contract: {
      input: {
        ...contractDefaults.input,
        ...{ size: { width: side, height: side }, fit: 'affine', channels: 'bgr' },
        ...{ mean: [blue, green, red], std: [blueStd, greenStd, redStd] },
      },
      output: { ...contractDefaults.output, stride: 4, toInput: 'bilinear-align-corners' },
    },
    classes,
    license: 'MIT (as SCHP is published)',
  };
}

/** SegFormer (arXiv 2105.15203) as FASHN's human parser runs it. */
const segformer: Preset = {
  contract: {
    input: {
      ...contractDefaults.input,
      ...{ size: { width: 384, height: 576 }, resize: 'area' },
      ...{ mean: [...imageNet.mean], std: [...imageNet.std] },
    },
    output: { ...contractDefaults.output, stride: 4 },
  },
  classes: fashnClasses,
  license: 'NVIDIA Source Code License for SegFormer (research and evaluation only)',
};

export const presets = {
  'schp-lip': schp(473, lip.names),
  'schp-atr': schp(512, atrClasses),
  'schp-pascal': schp(512, pascalClasses),
  segformer,
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;
