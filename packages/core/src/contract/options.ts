import { z } from 'zod';

export const outputNames = ['masks', 'colormap', 'instances', 'overlay'] as const;
export type OutputName = (typeof outputNames)[number];

export const paletteNames = ['model', 'cihp', 'voc'] as const;
export type PaletteName = (typeof paletteNames)[number];

/**
 * What a user may choose for one photo. Names are snake_case: this object is on the wire as it is, and stands in
 * `masks.json` under `info.parsing.options`.
 */
export const parseOptionsSchema = z.strictObject({
  /** Short side, px, that the photo is resized to before the network (kinds that resize the whole photo). */
  short_side: z.int().min(32).max(2048).default(540),
  /** The long side, px, never passes this; it wins over `short_side`. */
  max_side: z.int().min(32).max(4096).default(1333),
  /** Masks whose score is not above this are dropped; 0..1. */
  score_threshold: z.number().min(0).max(1).default(0),
  /** At most this many (query, class) pairs are looked at (many-people kind). */
  top_k: z.int().min(1).max(100).default(100),
  /** Scores are rounded to this step before painting, so that ties fall to the smaller mask; 0 = exact. */
  score_step: z.number().min(0).max(1).default(0.05),
  outputs: z.array(z.enum(outputNames)).min(1).default(['masks', 'colormap', 'instances']),
  /** `model` is the bundle's own palette. */
  palette: z.enum(paletteNames).default('model'),
});

export type ParseOptions = z.infer<typeof parseOptionsSchema>;
export type ParseOptionsInput = z.input<typeof parseOptionsSchema>;
