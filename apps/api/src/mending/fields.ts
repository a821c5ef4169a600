/** What is wrong with a field, and what its right name, place or value is, as far as the schema shows. */
import type { z } from 'zod';
import { jsonSchemaOf, schemaAt, type SizeSchema } from '../http/size-bounds.ts';
import { didYouMean } from './near-names.ts';

/** Names that are listed if none is near. */
const listed = 12;
/** How people call a photo that they put into JSON. */
const photoNames: ReadonlySet<string> = new Set(['image', 'photo', 'file', 'data', 'base64', 'img', 'picture']);

/** @param path of the object that has the field, from the schema's root */
export function unknownField(name: string, path: readonly PropertyKey[], schema: z.ZodType | undefined): string {
  const root = schema === undefined ? undefined : jsonSchemaOf(schema);
  const here = root && schemaAt(root, path);
  if (root === undefined || here === undefined) return 'Unknown field';
  const names = Object.keys(here.properties ?? {});
  const places = placesOf(name, root).filter((place) => place.slice(0, -1).join('.') !== path.join('.'));
  const [place] = places;
  if (place !== undefined)
    return `Unknown field here: it belongs into \`${place.slice(0, -1).join('.') || 'the body'}\``;
  if (names.includes('input') && photoNames.has(name)) {
    return 'Unknown field: JSON has a photo’s key in `input`. Send a photo itself as a form: `-F image=@photo.jpg`';
  }
  const near = didYouMean(name, names);
  if (near !== '') return `Unknown field.${near}`;
  if (names.length === 0) return 'Unknown field: there are none here';
  return names.length > listed ? 'Unknown field' : `Unknown field; there are: ${names.join(', ')}`;
}

/** Where fields of exactly this name are, at most two levels deep. */
function placesOf(name: string, root: SizeSchema, path: readonly string[] = []): string[][] {
  const properties = schemaAt(root, path)?.properties ?? {};
  const here = Object.hasOwn(properties, name) ? [[...path, name]] : [];
  if (path.length >= 2) return here;
  return [...here, ...Object.keys(properties).flatMap((inner) => placesOf(name, root, [...path, inner]))];
}

/** @param value what was sent, from the schema's root */
export function mendedMessage(issue: z.core.$ZodIssue, value: unknown): string {
  const given = valueAt(value, issue.path);
  if (issue.code === 'invalid_type' && given === undefined) return `Required: ${issue.expected}`;
  if (issue.code !== 'invalid_value' || typeof given !== 'string') return issue.message;
  const choices = issue.values.filter((choice) => typeof choice === 'string');
  return `${issue.message}.${didYouMean(given, choices)}`.replace(/\.$/, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    const isObject = typeof inner === 'object' && inner !== null;
    return isObject && Object.hasOwn(inner, part) ? (inner as Record<PropertyKey, unknown>)[part] : undefined;
  }, value);
}
