/**
 * The parts and people that a request chose (`parts`, `person`), applied once to what a model found: masks, label map
 * and people's pixels. What encodes outputs need not know of it.
 *
 * `!` only in the loop over pixels.
 */
import { findParts, type ParseOptions } from '@m2fp/contract';
import type { Label } from '../model/manifest.ts';
import type { Parsing } from './types.ts';

/** Undefined: all of them. */
export interface Selection {
  readonly classIds: ReadonlySet<number> | undefined;
  readonly people: ReadonlySet<number> | undefined;
  /** The class of whole people is chosen: in pictures, where it is not painted, all that is on a person. */
  readonly hasWholePeople: boolean;
}

/** Undefined if everything is chosen. Throws `invalid_request` for a part that the model does not have. */
export function readSelection(
  { parts, person }: Pick<ParseOptions, 'parts' | 'person'>,
  labels: readonly Label[],
): Selection | undefined {
  if (parts.length === 0 && person.length === 0) return undefined;
  const known = labels.filter(({ role }) => role !== 'background');
  const classIds = parts.length === 0 ? undefined : findParts(parts, known);
  return {
    classIds,
    people: person.length === 0 ? undefined : new Set(person),
    hasWholePeople: labels.some(({ id, role }) => role === 'person' && classIds?.has(id) === true),
  };
}

/** The masks of the chosen classes and people. `people` counts the chosen people that were found; ids do not change. */
export function selectMasks(parsing: Parsing, { classIds, people }: Selection): Parsing {
  return {
    ...parsing,
    masks: parsing.masks.filter(
      ({ classId, personId }) => classIds?.has(classId) !== false && people?.has(personId) !== false,
    ),
    people: people === undefined ? parsing.people : [...people].filter((id) => id <= parsing.people).length,
  };
}

/** Sets to 0, on both canvases, the pixels that are not a chosen part of a chosen person. */
export function selectPixels(
  colormap: Uint8Array,
  instances: Uint8Array,
  { classIds, people, hasWholePeople }: Selection,
): void {
  const keepsClass = Uint8Array.from({ length: 256 }, (_, id) => (classIds?.has(id) === false ? 0 : 1));
  const keepsPerson = Uint8Array.from({ length: 256 }, (_, id) => (people?.has(id) === false ? 0 : 1));
  for (let i = 0; i < colormap.length; i++) {
    const person = instances[i]!;
    const isOfClass = keepsClass[colormap[i]!] === 1 || (hasWholePeople && person !== 0);
    if (isOfClass && keepsPerson[person] === 1) continue;
    colormap[i] = 0;
    instances[i] = 0;
  }
}
