import { z } from 'zod';
import { manifestFields } from '../../model/manifest.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** What an M2FP network takes: `(x - mean) / std` per channel, x in 0..255 RGB, sides padded to a multiple. */
export const m2fpInputSchema = z.strictObject({ mean: triple, std: triple, padMultiple: z.int().positive() });

/** Many people: input `image` [1,3,H,W]; outputs `pred_logits` [Q,C+1], `pred_masks` [Q,H/4,W/4]. */
export const m2fpManifestSchema = z.strictObject({
  ...manifestFields,
  kind: z.literal('m2fp'),
  input: m2fpInputSchema,
  /** Class id of the whole person. */
  personClassId: z.int().nonnegative(),
  /** The reference implementation's short and long side, px; the options' defaults are the product's own. */
  reference: z.strictObject({ minSize: z.int().positive(), maxSize: z.int().positive() }),
});
export type M2fpManifest = z.infer<typeof m2fpManifestSchema>;
