/** What a network for semantic segmentation takes and gives, as data: the bundle's `input` and `output`. */
import { z } from 'zod';
import { manifestFields } from '../../model/manifest.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);
/** Of the network's input, px. A photo of this size takes some hundred megabytes in most networks. */
const sideSchema = z.int().min(1).max(4096);
const layoutSchema = z.enum(['nchw', 'nhwc']);
const tensorName = z.string().min(1);

const resizeMethods = ['bilinear', 'bilinear-align-corners', 'bilinear-antialias', 'area', 'nearest'] as const;
export type ResizeMethod = (typeof resizeMethods)[number];

const fits = ['stretch', 'letterbox', 'top-left', 'affine'] as const;

const fixedSize = z.strictObject({ width: sideSchema, height: sideSchema });
const freeSize = z.strictObject({ multipleOf: z.int().min(1).max(1024) });

/** From the photo to the tensor: resized to 8-bit levels, then `(level * scale - mean) / std` for each channel. */
export const semanticInputSchema = z.strictObject({
  name: tensorName,
  /** `nchw`: [1, 3, height, width]; `nhwc`: [1, height, width, 3]. */
  layout: layoutSchema,
  /** Fixed, px; or, for a network that takes any size, as the options say, with sides that are multiples. */
  size: z.union([fixedSize, freeSize]),
  /**
   * `stretch`: the photo fills the input. `letterbox`: keeps its proportions, in the middle. `top-left`: the same, at
   * the top left. `affine`: as `letterbox`, by SCHP's map, which takes the centers of the corner pixels to the input's.
   */
  fit: z.enum(fits),
  resize: z.enum(resizeMethods),
  /** `ignore` a photo's color profile, as OpenCV and Pillow do where networks are trained; or `convert` to sRGB. */
  profile: z.enum(['ignore', 'convert']),
  /** The order of the channels, of `mean` and of `std`. */
  channels: z.enum(['rgb', 'bgr']),
  scale: z.number().positive(),
  mean: triple,
  std: triple.refine((std) => std.every((value) => value !== 0), 'No standard deviation can be 0.'),
  /** What is beside the photo: a level, 0..255, or `mean`, which is 0 in the tensor. */
  fill: z.union([z.number().min(0).max(255), z.literal('mean')]),
});
export type SemanticInput = z.infer<typeof semanticInputSchema>;

/** From the tensor back to the photo. */
export const semanticOutputSchema = z.strictObject({
  name: tensorName,
  /** One value for each class and place (`logits`, or `probabilities` after a softmax), or the class itself. */
  values: z.enum(['logits', 'probabilities', 'labels']),
  /** Of logits: [1, classes, height, width] or [1, height, width, classes]. */
  layout: layoutSchema,
  /** The input's side divided by the output's; checked if it is given. */
  stride: z.number().min(1).optional(),
  /** How logits are resized to the input's size first; `none` if they go to the photo's at once. */
  toInput: z.enum(['none', 'bilinear', 'bilinear-align-corners', 'nearest']),
  /** How they then get to the photo's size. With `affine`, `bilinear` is the inverse of its map, with 0 outside. */
  toPhoto: z.enum(['bilinear', 'bilinear-align-corners', 'nearest']),
});
export type SemanticOutput = z.infer<typeof semanticOutputSchema>;

/** What the two objects must agree on. Each message continues a sentence about the contract. */
export function contractProblems(input: Omit<SemanticInput, 'name'>, output: Omit<SemanticOutput, 'name'>): string[] {
  const problems: string[] = [];
  if (input.fit === 'affine' && !('width' in input.size)) problems.push('the fit "affine" needs a fixed size');
  if (input.fit === 'affine' && !['bilinear', 'nearest'].includes(input.resize)) {
    problems.push('the fit "affine" resizes by "bilinear" or "nearest"');
  }
  if (output.values === 'labels' && [output.toInput, output.toPhoto].some((how) => how.startsWith('bilinear'))) {
    problems.push('classes cannot be blended: "toPhoto" has to be "nearest", and "toInput" "nearest" or "none"');
  }
  return problems;
}

/** One label map for the whole photo, of which each class present is a mask; people are not told apart. */
export const semanticManifestSchema = z
  .strictObject({
    ...manifestFields,
    kind: z.literal('semantic'),
    input: semanticInputSchema,
    output: semanticOutputSchema,
  })
  .superRefine(({ input, output }, context) => {
    for (const message of contractProblems(input, output)) context.addIssue({ code: 'custom', message });
  });
export type SemanticManifest = z.infer<typeof semanticManifestSchema>;
