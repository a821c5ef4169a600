/** What a worker tells of the model that it serves, for those who choose among models and never see a bundle. */
import { z } from 'zod';
import { bounds } from './limits.ts';

const text = z.string().min(1).max(bounds.cardText.max);

export const labelCardSchema = z.object({
  /** The pixel value in label maps, and the `category_id` in masks. */
  id: z.int().min(0).max(255),
  /** The class's name, as in masks and in the option `parts`. */
  name: z.string().min(1).max(bounds.cardText.max),
  /** The same for people to read. */
  title: text,
  /** `#rrggbb` */
  color: z.string().regex(/^#[0-9a-f]{6}$/),
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

/** Names of parts that the model has in no spelling: the worker, which knows best, refuses the rest. */
export function unknownParts(parts: readonly string[], labels: readonly { name: string; title: string }[]): string[] {
  const names = new Set(labels.flatMap(({ name, title }) => [spelledAlike(name), spelledAlike(title)]));
  return parts.filter((part) => !names.has(spelledAlike(part)));
}

function spelledAlike(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}
