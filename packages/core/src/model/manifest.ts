import { z } from 'zod';

/**
 * A model bundle is a folder: this manifest as `manifest.json`, ONNX graphs and their external weights. The manifest
 * names every file with its sha256, so that a bundle is either whole or refused.
 */
const byte = z.int().min(0).max(255);
export const rgbSchema = z.tuple([byte, byte, byte]);
export type Rgb = z.infer<typeof rgbSchema>;

export const labelSchema = z.strictObject({
  id: z.int().min(0).max(254),
  name: z.string().min(1),
  color: rgbSchema,
  /** `background` is never painted; `person` is a whole person ('Human'): it groups parts and is not painted either. */
  role: z.enum(['background', 'part', 'person']),
});
export type Label = z.infer<typeof labelSchema>;

const fileSchema = z.strictObject({
  path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** `(x - mean) / std` a channel, x in 0..255 RGB. */
const normalisation = { mean: triple, std: triple };

const common = {
  v: z.literal(1),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  version: z.string().min(1),
  labels: z.array(labelSchema).min(1),
  licence: z.string().min(1),
  source: z.string().min(1),
  /** True where the weights are random: results mean nothing. */
  synthetic: z.boolean(),
  files: z.array(fileSchema).min(1),
  /** The main graph's file; it is among `files`. */
  graph: z.string(),
  /** `float32`, or `int8` for a quantised bundle. */
  dtype: z.enum(['float32', 'int8']),
  parameters: z.int().nonnegative(),
  /** Free-form facts about the network, for `inspect`: depth, widths, queries … */
  architecture: z.record(z.string(), z.json()),
  /** What `quantize` did, for `inspect`. */
  quantization: z.json().optional(),
};

export const m2fpInputSchema = z.strictObject({ ...normalisation, padMultiple: z.int().positive() });

/** Many people: inputs `image` [1,3,H,W] normalised and padded; outputs `pred_logits` [Q,C+1], `pred_masks` [Q,H/4,W/4]. */
export const m2fpManifestSchema = z.strictObject({
  ...common,
  kind: z.literal('m2fp'),
  input: m2fpInputSchema,
  /** Class id of the whole person. */
  personClassId: z.int().nonnegative(),
  /** The reference's short and long side, px; the options' defaults are the product's own. */
  reference: z.strictObject({ minSize: z.int().positive(), maxSize: z.int().positive() }),
});
export type M2fpManifest = z.infer<typeof m2fpManifestSchema>;

/** One person: the photo is fitted into a fixed box on grey; the same graph inputs and outputs as many people. */
export const m2fpSingleManifestSchema = z.strictObject({
  ...common,
  kind: z.literal('m2fp-single'),
  input: m2fpInputSchema.extend({ width: z.int().positive(), height: z.int().positive(), fill: byte }),
  /** `sem_seg_postprocess_before_inference`: masks are resized one by one before they are summed. */
  resizeBeforeSum: z.boolean(),
});
export type M2fpSingleManifest = z.infer<typeof m2fpSingleManifestSchema>;

/** Heads: a face detector (`detector`), then a part segmenter (`graph`) on an upright crop a head. */
export const portraitManifestSchema = z.strictObject({
  ...common,
  kind: z.literal('portrait'),
  detector: z.strictObject({
    graph: z.string(),
    size: z.int().positive(),
    scoreThreshold: z.number(),
    iouThreshold: z.number(),
  }),
  segmenter: z.strictObject({
    size: z.int().positive(),
    /** Crop side in face widths: first try, and the widest where something goes on past the crop's edge. */
    cropScale: z.number(),
    widestCropScale: z.number(),
  }),
});
export type PortraitManifest = z.infer<typeof portraitManifestSchema>;

export const manifestSchema = z.discriminatedUnion('kind', [
  m2fpManifestSchema,
  m2fpSingleManifestSchema,
  portraitManifestSchema,
]);
export type Manifest = z.infer<typeof manifestSchema>;
export const manifestFileName = 'manifest.json';
