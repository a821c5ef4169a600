/**
 * A model bundle is a folder: a manifest as `manifest.json`, ONNX graphs and their external weights. The manifest names
 * every file with its sha256, so that a bundle is either whole or refused. What all manifests have in common is here;
 * what a kind of model adds to it is in that kind's folder (see `kinds/kinds.ts`).
 */
import { z } from 'zod';

export const manifestFileName = 'manifest.json';

export const byteSchema = z.int().min(0).max(255);
const rgbSchema = z.tuple([byteSchema, byteSchema, byteSchema]);
export type Rgb = z.infer<typeof rgbSchema>;

const labelSchema = z.strictObject({
  id: z.int().min(0).max(254),
  name: z.string().min(1),
  color: rgbSchema,
  /** `background` is never painted; `person` is a whole person ('Human'): it groups parts and is not painted either. */
  role: z.enum(['background', 'part', 'person']),
});
export type Label = z.infer<typeof labelSchema>;

/** Of bundles and of their files: both become parts of paths. */
const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

export function isBundleName(text: string): boolean {
  return nameSchema.safeParse(text).success;
}

export const fileSchema = z.strictObject({
  path: nameSchema,
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BundleFile = z.infer<typeof fileSchema>;

/** What every kind of manifest has, besides its `kind`. */
export const manifestFields = {
  v: z.literal(1),
  name: nameSchema,
  version: z.string().min(1),
  labels: z.array(labelSchema).min(1),
  licence: z.string().min(1),
  source: z.string().min(1),
  /** True if the weights are random: results mean nothing. */
  synthetic: z.boolean(),
  files: z.array(fileSchema).min(1),
  /** The main graph's file; it is one of `files`. */
  graph: z.string(),
  /** Of the weights; `int8` for a quantized bundle. */
  dtype: z.enum(['float32', 'float16', 'int8']),
  parameters: z.int().nonnegative(),
  /** Free-form facts about the network, for `inspect`: depth, widths, queries … */
  architecture: z.record(z.string(), z.json()),
  /** What `quantize` did, for `inspect`. */
  quantization: z.json().optional(),
};
/** Of any kind. Rendering and encoding need nothing else; `ManifestOf` in `kinds/kinds.ts` distinguishes the kinds. */
export type Manifest = z.infer<z.ZodObject<typeof manifestFields>> & { kind: string };

/** A model bundle whose every file was found whole. */
export interface Bundle<M extends Manifest = Manifest> {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly manifest: M;
  /** Absolute path of one of the manifest's files. Throws `model_unavailable` for a name that it does not list. */
  path(file: string): string;
  /** Absolute path of one of the manifest's graphs as it is loaded soonest on this machine. Throws as `path` does. */
  graph(file: string): string;
}
