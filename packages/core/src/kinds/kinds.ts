/**
 * The table of model kinds. A new kind is a folder next to this file (manifest schema, parser, post-processing) and an
 * entry in the table; everything that handles bundles derives from it. The type checker then names what is still
 * missing: what the compiler can do with the kind, and a manifest of it for the tests. See CONTRIBUTING.md.
 */
import { z } from 'zod';
import type { Bundle, Manifest } from '../model/manifest.ts';
import type { SessionSettings } from '../model/session.ts';
import type { Parser } from '../parsing/types.ts';
import { m2fpManifestSchema } from './m2fp/manifest.ts';
import { m2fpSingleManifestSchema } from './m2fp-single/manifest.ts';
import { portraitManifestSchema } from './portrait/manifest.ts';
import { semanticManifestSchema } from './semantic/manifest.ts';

interface ModelKind<M extends Manifest> {
  readonly manifestSchema: z.ZodType<M>;
  /** What it parses, in one sentence for those who choose among models. @param parts the classes that it paints */
  readonly summary: (parts: PaintedParts) => string;
  readonly graphs: (manifest: M) => readonly string[];
  /** Imports the kind's code only when called: no process loads what another kind needs. */
  readonly load: (bundle: Bundle<M>, settings: SessionSettings) => Promise<Parser>;
}

interface PaintedParts {
  /** Such as "body parts and clothes". */
  readonly what: string;
  /** Such as "19 classes". */
  readonly count: string;
}

/** Has the functions of an entry take the manifest that its schema gives. */
function defineKind<S extends z.ZodType<Manifest>>(
  kind: { readonly manifestSchema: S } & Omit<ModelKind<z.infer<S>>, 'manifestSchema'>,
) {
  return kind;
}

const modelKinds = {
  m2fp: defineKind({
    manifestSchema: m2fpManifestSchema,
    summary: ({ what, count }) => `Any number of people, each with their ${what}: ${count}.`,
    graphs: ({ graph }) => [graph],
    load: async (...args) => (await import('./m2fp/parser.ts')).loadM2fp(...args),
  }),
  'm2fp-single': defineKind({
    manifestSchema: m2fpSingleManifestSchema,
    summary: ({ what, count }) => `One person, with their ${what}: ${count}.`,
    graphs: ({ graph }) => [graph],
    load: async (...args) => (await import('./m2fp-single/parser.ts')).loadM2fpSingle(...args),
  }),
  portrait: defineKind({
    manifestSchema: portraitManifestSchema,
    summary: ({ count }) =>
      `The heads of any number of people, with hair and the parts of the face, but no bodies: ${count}.`,
    graphs: ({ detector, graph }) => [detector.graph, graph],
    load: async (...args) => (await import('./portrait/parser.ts')).loadPortrait(...args),
  }),
  semantic: defineKind({
    manifestSchema: semanticManifestSchema,
    summary: ({ what, count }) => `One label map of ${what}, without telling people apart: ${count}.`,
    graphs: ({ graph }) => [graph],
    load: async (...args) => (await import('./semantic/parser.ts')).loadSemantic(...args),
  }),
};

export type KindName = keyof typeof modelKinds;

/** The manifest of one kind, of several, or (by default) of any. */
export type ManifestOf<K extends KindName = KindName> = {
  [P in K]: z.infer<(typeof modelKinds)[P]['manifestSchema']> & { kind: P };
}[K];

type AnyManifestSchema = (typeof modelKinds)[KindName]['manifestSchema'];

/** What a bundle's `manifest.json` may hold. */
export const manifestSchema = z.discriminatedUnion(
  'kind',
  Object.values(modelKinds).map((kind) => kind.manifestSchema) as [AnyManifestSchema, ...AnyManifestSchema[]],
);

const table: { readonly [K in KindName]: ModelKind<ManifestOf<K>> } = modelKinds;

const clothing = /cloth|coat|dress|pants|skirt|shirt|shoe|sock|hat|jacket|\btop\b/i;

/** What a model parses, in one sentence. */
export function summaryOf<K extends KindName>(manifest: ManifestOf<K>): string {
  const parts = manifest.labels.filter(({ role }) => role === 'part');
  const what = parts.some(({ name }) => clothing.test(name)) ? 'body parts and clothes' : 'body parts';
  return table[manifest.kind].summary({ what, count: `${parts.length} classes` });
}

/** The files of all of a model's networks, in the order in which they are loaded. */
export function graphsOf<K extends KindName>(manifest: ManifestOf<K>): readonly string[] {
  return table[manifest.kind].graphs(manifest);
}

/** Loads a bundle's networks and the code of its kind. Throws `model_unavailable`. */
export function loadParser<K extends KindName>(
  bundle: Bundle<ManifestOf<K>>,
  settings: SessionSettings,
): Promise<Parser> {
  return table[bundle.manifest.kind].load(bundle, settings);
}
