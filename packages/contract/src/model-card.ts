/** What a worker tells of the model that it serves, for those who choose among models and never see a bundle. */
import { z } from 'zod';
import { bounds } from './limits.ts';

const text = z.string().min(1).max(bounds.cardText.max);

export const labelCardSchema = z.object({
  id: z.int().min(0).max(255).describe('The pixel value in label maps, and the `category_id` in masks.'),
  name: z.string().min(1).max(bounds.cardText.max).describe('As in masks and in the option `parts`.'),
  title: text.describe('The same for people to read.'),
  role: z
    .enum(['background', 'part', 'person'])
    .describe('`background` is no part; `person` is a whole person, who is not painted.'),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .describe('On the colormap, as `#rrggbb`.'),
});

/** Not strict: workers of a later version may tell more. */
export const modelCardSchema = z.object({
  v: z.literal(1),
  kind: text,
  version: text,
  /** What it parses, in one sentence. */
  summary: text,
  labels: z.array(labelCardSchema).max(256),
  license: text,
  /** Its weights are random: results mean nothing. */
  synthetic: z.boolean(),
  /** Its license rules out commercial use, as far as its text shows. */
  non_commercial: z.boolean(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;

/**
 * Whether a license's text rules out commercial use: Creative Commons' NC licenses, those that say so in words, and
 * NVIDIA's for its published research models.
 */
export function isNonCommercial(license: string): boolean {
  return /non-?\s?commercial|\bNC\b|research (?:and evaluation |use |purposes )?only|NVIDIA source code/i.test(license);
}
