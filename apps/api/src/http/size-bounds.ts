/**
 * The bounds of a schema on sizes, checked before zod looks at any member: zod reports each bad member of an array, and
 * only then that there are too many. They are read from the JSON Schema that zod makes, so that each stands once.
 */
import { bounds } from '@m2fp/contract';
import { z } from 'zod';

/** The part of JSON Schema that says how large something may be and what is in it. */
export interface SizeSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SizeSchema>>;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: SizeSchema;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, SizeSchema>>;
  readonly propertyNames?: SizeSchema;
  readonly additionalProperties?: SizeSchema | boolean;
}

type Path = readonly PropertyKey[];
type Definitions = Readonly<Record<string, SizeSchema>>;

export interface SizeFault {
  readonly path: Path;
  readonly message: string;
}

/** Each is named in the answer; if there are more, the object is refused as a whole. */
const namedUnknownFields = bounds.problemErrors.max;

const compiled = new WeakMap<z.ZodType, SizeSchema>();

/** The JSON Schema of what a client may send. */
export function jsonSchemaOf(schema: z.ZodType): SizeSchema {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SizeSchema;
  compiled.set(schema, made);
  return made;
}

/** The first thing that is too long or too many, with its place; undefined if all is within the schema's bounds. */
export function sizeFault(schema: z.ZodType, value: unknown): SizeFault | undefined {
  const root = jsonSchemaOf(schema);
  return find(root, value, [], root.$defs ?? {});
}

function find(schema: SizeSchema, value: unknown, path: Path, defs: Definitions): SizeFault | undefined {
  if (schema.$ref !== undefined) {
    const target = resolved(schema, defs);
    return target === undefined ? undefined : find(target, value, path, defs);
  }
  if (typeof value === 'string') return tooLong(schema, value, path);
  if (Array.isArray(value)) {
    const { maxItems = Infinity, items } = schema;
    if (value.length > maxItems) return { path, message: `Too many: at most ${maxItems} entries` };
    if (items === undefined) return undefined;
    return first(value.entries(), ([index, entry]) => find(items, entry, [...path, index], defs));
  }
  if (typeof value === 'object' && value !== null) return findInObject(schema, value, path, defs);
  return undefined;
}

/** The part of the schema that says what is at the path; undefined if it is not an object's or array's own. */
export function schemaAt(root: SizeSchema, path: Path): SizeSchema | undefined {
  return path.reduce<SizeSchema | undefined>(
    (schema, part) => {
      const inner = typeof part === 'number' ? schema?.items : schema?.properties?.[String(part)];
      return inner && resolved(inner, root.$defs ?? {});
    },
    resolved(root, root.$defs ?? {}),
  );
}

function resolved(schema: SizeSchema, defs: Definitions): SizeSchema | undefined {
  return schema.$ref === undefined ? schema : defs[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)];
}

function findInObject(schema: SizeSchema, value: object, path: Path, defs: Definitions): SizeFault | undefined {
  const { properties, propertyNames, additionalProperties: others } = schema;
  const known = properties ?? {};
  const isClosed = properties !== undefined && (others === false || others === undefined);
  const most = schema.maxProperties ?? (isClosed ? Object.keys(known).length + namedUnknownFields : Infinity);
  const names = Object.keys(value);
  if (names.length > most) return { path, message: `Too many: at most ${schema.maxProperties ?? 'a few'} fields` };
  return first(names, (name) => {
    const place = [...path, name];
    const ofEntry = Object.hasOwn(known, name) ? known[name] : typeof others === 'object' ? others : undefined;
    const inName = propertyNames && tooLong(propertyNames, name, place);
    return inName ?? (ofEntry && find(ofEntry, (value as Record<string, unknown>)[name], place, defs));
  });
}

function tooLong({ maxLength = Infinity }: SizeSchema, text: string, path: Path): SizeFault | undefined {
  return text.length > maxLength ? { path, message: `Too long: at most ${maxLength} characters` } : undefined;
}

function first<Entry>(entries: Iterable<Entry>, fault: (entry: Entry) => SizeFault | undefined): SizeFault | undefined {
  for (const entry of entries) {
    const found = fault(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}
