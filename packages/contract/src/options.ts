import { z } from 'zod';
import { distinct, distinctItems } from './distinct.ts';
import { bounds } from './limits.ts';
import { defaultOutputs, outputNames } from './outputs.ts';

export const paletteNames = ['model', 'cihp', 'voc'] as const;
export type PaletteName = (typeof paletteNames)[number];

/** What a try-on model paints anew. */
export const garments = ['upper', 'lower', 'dresses'] as const;
export type Garment = (typeof garments)[number];

/**
 * What a user may choose for one photo. Names are snake_case: this object is on the wire as is, and in `masks.json`
 * under `info.parsing.options`. Query parameters, form fields, CLI flags and docs derive from this schema
 * (`optionFields`), so a new option is one entry here plus the code that acts on it.
 */
export const parseOptionsSchema = z.strictObject({
  short_side: z
    .int()
    .min(32)
    .max(2048)
    .default(540)
    .describe('Short side, px, that the photo is resized to for the network (models that resize the whole photo).'),
  max_side: z
    .int()
    .min(32)
    .max(4096)
    .default(1333)
    .describe('The long side, px, never exceeds this; it wins over `short_side`.'),
  score_threshold: z.number().min(0).max(1).default(0).describe('Masks whose score is not above this are dropped.'),
  top_k: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe('Consider at most this many of the likeliest (query, class) pairs (models for many people).'),
  score_step: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact.'),
  outputs: distinct(outputNames)
    .default([...defaultOutputs])
    .describe('The files to make.'),
  palette: z.enum(paletteNames).default('model').describe("Colors of the colormap; `model` is the model's own."),
  parts: distinctItems(z.string().min(1).max(bounds.partName.max), bounds.parts.max)
    .default([])
    .describe('Only these classes, by name, are in the results; none = all.'),
  person: distinctItems(z.int().min(1).max(bounds.people.max), bounds.people.max)
    .default([])
    .describe('Only these people, by `person_id`, are in the results; none = all.'),
  polygons: z
    .boolean()
    .default(false)
    .describe('Segmentations in `masks.json` are polygons instead of RLE: they have no holes.'),
  crop: z.boolean().default(false).describe('The cutout has the size of what was cut out, not the photo’s.'),
  garment: z.enum(garments).default('upper').describe('What the agnostic mask covers.'),
});

export type ParseOptions = z.infer<typeof parseOptionsSchema>;
export type ParseOptionsInput = z.input<typeof parseOptionsSchema>;
export type OptionName = keyof ParseOptions;

/** One option as a form, a query or a command line shows it. */
export interface OptionField {
  readonly name: OptionName;
  readonly description: string;
  readonly default: unknown;
  /** `list`: some of `choices`; `texts`, `numbers`: of one's own. All three are comma separated. */
  readonly kind: 'number' | 'choice' | 'flag' | 'list' | 'texts' | 'numbers';
  /** Of a number, or of each of several. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Numbers without a fraction. */
  readonly isWhole?: boolean | undefined;
  /** Of a choice or a list. */
  readonly choices?: readonly string[] | undefined;
}

interface PropertySchema {
  readonly type: string;
  readonly description: string;
  readonly default: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly items?: {
    readonly type: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly enum?: readonly string[];
  };
}

/** Every option, in the schema's order. */
export const optionFields: readonly OptionField[] = Object.entries(
  z.toJSONSchema(parseOptionsSchema, { io: 'input' }).properties as Record<OptionName, PropertySchema>,
).map(([name, schema]) => ({
  name: name as OptionName,
  description: schema.description,
  default: schema.default,
  kind: kindOf(schema),
  min: (schema.items ?? schema).minimum,
  max: (schema.items ?? schema).maximum,
  isWhole: (schema.items ?? schema).type === 'integer' || undefined,
  choices: (schema.items ?? schema).enum,
}));

function kindOf({ type, enum: choices, items }: PropertySchema): OptionField['kind'] {
  if (type === 'boolean') return 'flag';
  if (type !== 'array') return choices === undefined ? 'number' : 'choice';
  if (items?.enum !== undefined) return 'list';
  return items?.type === 'string' ? 'texts' : 'numbers';
}

/**
 * An option's value in a query, for the schema to check. Text that is not what the option takes stays text, which the
 * schema refuses.
 */
export function optionFromText({ kind }: Pick<OptionField, 'kind'>, text: string): unknown {
  switch (kind) {
    case 'number':
      return numberFromText(text);
    case 'flag':
      return flagFromText(text);
    case 'choice':
      return text;
    case 'list':
    case 'texts':
      return entriesOf(text);
    case 'numbers':
      return entriesOf(text).map(numberFromText);
  }
}

function entriesOf(text: string): string[] {
  if (text.trim() === '') return [];
  return [...new Set(text.split(',').map((part) => part.trim()))];
}

function numberFromText(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function flagFromText(text: string): unknown {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : text;
}
