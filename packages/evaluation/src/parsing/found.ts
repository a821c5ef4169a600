/**
 * What a model found in a photo, in the shape that the figures need: parts and people, each a mask with a score.
 *
 * `!` only in loops over pixels.
 */
import { labelTitle } from '@m2fp/contract';
import type { Label, Manifest } from '@m2fp/core/model';
import type { ParsedMask, Parsing } from '@m2fp/core/parsing';
import { paintInstances, SpanMaskBuilder, type SpanMask } from '@m2fp/core/render';

/** A mask with its score; people have the same class, whatever it is. */
export interface Scored {
  readonly classId: number;
  readonly score: number;
  readonly mask: SpanMask;
}

export interface Found {
  readonly width: number;
  readonly height: number;
  /** With those of the background, if the model tells them. */
  readonly parts: readonly Scored[];
  readonly people: readonly Scored[];
}

type Labels = Manifest['labels'];

/**
 * A model that finds whole people says how sure it is of each. For one that does not, a person is what its parts cover
 * on the label map, and as sure as its classes are on average, each by its surest part.
 */
export function foundIn(parsing: Parsing, labels: Labels, scoreStep: number): Found {
  const { width, height, masks } = parsing;
  const roles = new Map(labels.map(({ id, role }) => [id, role]));
  const isPerson = ({ classId }: ParsedMask): boolean => roles.get(classId) === 'person';
  const findsPeople = labels.some(({ role }) => role === 'person');
  return {
    width,
    height,
    parts: masks.filter((mask) => !isPerson(mask)),
    people: findsPeople ? masks.filter(isPerson) : peopleByParts(parsing, labels, scoreStep),
  };
}

function peopleByParts(parsing: Parsing, labels: Labels, scoreStep: number): Scored[] {
  const isPart = (classId: number): boolean => labels.some(({ id, role }) => id === classId && role === 'part');
  const masks = masksOf(paintInstances(parsing, labels, scoreStep), parsing.width, parsing.height);
  return [...masks].map(([personId, mask]): Scored => {
    const best = new Map<number, number>();
    for (const { classId, score, personId: owner } of parsing.masks) {
      if (owner === personId && isPart(classId)) best.set(classId, Math.max(score, best.get(classId) ?? 0));
    }
    const score = [...best.values()].reduce((sum, value) => sum + value, 0) / Math.max(best.size, 1);
    return { classId: 0, score, mask };
  });
}

/** The pixels of each id but 0, by ascending id. */
function masksOf(ids: Uint8Array, width: number, height: number): Map<number, SpanMask> {
  const builders = new Map<number, SpanMaskBuilder>();
  for (let y = 0; y < height; y++) {
    const rowEnd = (y + 1) * width;
    for (let i = y * width; i < rowEnd;) {
      const start = i;
      const id = ids[i]!;
      while (i < rowEnd && ids[i] === id) i++;
      if (id === 0) continue;
      const builder = builders.get(id) ?? new SpanMaskBuilder(width, height);
      builders.set(id, builder);
      builder.add(y, start - y * width, i - y * width);
    }
  }
  return new Map([...builders].sort(([a], [b]) => a - b).map(([id, builder]) => [id, builder.finish()]));
}

const otherSide: Readonly<Record<string, string>> = { left: 'right', right: 'left' };

/**
 * What is left in the mirrored photo is right in the photo: ids of the classes that have a counterpart, by their names
 * (`Left-arm`, `left_arm`, `LeftArm`, `l_arm`).
 */
export function mirroredClasses(labels: readonly Pick<Label, 'id' | 'name'>[]): ReadonlyMap<number, number> {
  const ids = new Map(labels.map(({ id, name }) => [labelTitle(name), id]));
  const pairs = labels.flatMap(({ id, name }) => {
    const other = ids.get(labelTitle(name).replace(/\b(?:left|right)\b/g, (side) => otherSide[side] ?? side));
    return other === undefined || other === id ? [] : [[id, other] as const];
  });
  return new Map(pairs);
}
