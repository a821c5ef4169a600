import { z } from 'zod';
import { byteSchema, manifestFields } from '../../model/manifest.ts';
import { m2fpInputSchema } from '../m2fp/manifest.ts';

/** One person: the photo is fitted into a fixed box on gray; graph inputs and outputs are those of many people. */
export const m2fpSingleManifestSchema = z.strictObject({
  ...manifestFields,
  kind: z.literal('m2fp-single'),
  input: m2fpInputSchema.extend({ width: z.int().positive(), height: z.int().positive(), fill: byteSchema }),
  /** `sem_seg_postprocess_before_inference`: masks are resized one by one before they are summed. */
  resizeBeforeSum: z.boolean(),
});
export type M2fpSingleManifest = z.infer<typeof m2fpSingleManifestSchema>;
