import { z } from 'zod';
import { manifestFields } from '../../model/manifest.ts';

/** Heads: a face detector (`detector`), then a part segmenter (`graph`) on an upright crop per head. */
export const portraitManifestSchema = z.strictObject({
  ...manifestFields,
  kind: z.literal('portrait'),
  detector: z.strictObject({
    graph: z.string(),
    size: z.int().positive(),
    scoreThreshold: z.number(),
    iouThreshold: z.number(),
  }),
  segmenter: z.strictObject({
    size: z.int().positive(),
    /** Pixels of the input per pixel of the output, along each axis; 1 by default. */
    step: z.int().positive().optional(),
    /** Crop side in face widths: the first try, and the widest where something extends past the crop's edge. */
    cropScale: z.number(),
    widestCropScale: z.number(),
  }),
});
export type PortraitManifest = z.infer<typeof portraitManifestSchema>;
