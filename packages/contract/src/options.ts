import { z } from 'zod';

export const outputNames = ['masks', 'colormap', 'instances', 'overlay'] as const;
export type OutputName = (typeof outputNames)[number];

/** Under a job's output prefix, and in a photo's result folder. */
export const outputFileNames = {
  masks: 'masks.json',
  colormap: 'colormap.png',
  instances: 'instances.png',
  overlay: 'overlay.jpg',
} as const satisfies Record<OutputName, string>;

export const paletteNames = ['model', 'cihp', 'voc'] as const;
export type PaletteName = (typeof paletteNames)[number];

/**
 * What a user may choose for one photo. Names are snake_case: this object is on the wire as it is, and stands in
 * `masks.json` under `info.parsing.options`.
 */
export const parseOptionsSchema = z.strictObject({
  short_side: z
    .int()
    .min(32)
    .max(2048)
    .default(540)
    .describe('Short side, px, that the photo is resized to before the network (models that resize the whole photo).'),
  max_side: z
    .int()
    .min(32)
    .max(4096)
    .default(1333)
    .describe('The long side, px, never passes this; it wins over `short_side`.'),
  score_threshold: z.number().min(0).max(1).default(0).describe('Masks whose score is not above this are dropped.'),
  top_k: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe('At most this many (query, class) pairs are looked at (models for many people).'),
  score_step: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Scores are rounded to this step before painting, so that ties fall to the smaller mask; 0 = exact.'),
  outputs: z
    .array(z.enum(outputNames))
    .min(1)
    .default(['masks', 'colormap', 'instances'])
    .describe('The files to make.'),
  palette: z.enum(paletteNames).default('model').describe("Colours of the colormap; `model` is the model's own."),
});

export type ParseOptions = z.infer<typeof parseOptionsSchema>;
export type ParseOptionsInput = z.input<typeof parseOptionsSchema>;
