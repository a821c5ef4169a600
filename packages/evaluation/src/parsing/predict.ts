/**
 * From what a model found to predictions, as the authors' evaluator makes them from their network's outputs.
 *
 * `!` only in loops over pixels.
 */
import type { Manifest } from '@m2fp/core/model';
import { forEachRun, paintColormap } from '@m2fp/core/render';
import { countIds, countPairs, type IdMap } from '../id-map.ts';
import type { Detection, PhotoPrediction } from '../metrics/photo.ts';
import { numpyOrder } from '../metrics/sort-order.ts';
import type { Found, Scored } from './found.ts';

const mostIds = 255;

export type WholePrediction = Required<PhotoPrediction>;

export interface Painting {
  readonly labels: Manifest['labels'];
  /** As in the options of parsing. */
  readonly scoreStep: number;
  /** Parts that are less sure are not on the label map, nor in a person's score. */
  readonly labelScore: number;
}

/**
 * The label map is the service's own, of the parts that are sure enough. Parts and people are painted by ascending
 * score; what is covered wholly is dropped. A person's label map is the label map within the person, and its score that
 * of the person times the mean over its classes of the surest part that touches the person.
 */
export function predictionOf(found: Found, { labels, scoreStep, labelScore }: Painting): WholePrediction {
  const { width, height } = found;
  const whole = { width, height, scale: 1, people: 0, timings: {} };
  const sure = found.parts.filter(({ score }) => score >= labelScore);
  const masks = sure.map((part) => ({ ...part, personId: 0 }));
  const semantic: IdMap = { width, height, ids: paintColormap({ ...whole, masks }, labels, scoreStep) };
  const isPart = ({ classId }: Scored): boolean => labels.some(({ id, role }) => id === classId && role === 'part');
  const people = paintByScore(found.people, found);
  return {
    semantic,
    parts: paintByScore(found.parts.filter(isPart), found),
    people: { map: people.map, found: people.found.map(({ id, score }) => ({ id, score })) },
    parsing: { categories: semantic, people: people.map, found: scorePeople(people, sure.filter(isPart), semantic) },
  };
}

/** Gives classes other ids. */
export function withClassIds(prediction: WholePrediction, ids: ReadonlyMap<number, number>): WholePrediction {
  const { semantic, parts, parsing } = prediction;
  const renumbered: IdMap = { ...semantic, ids: semantic.ids.map((id) => ids.get(id) ?? id) };
  return {
    ...prediction,
    semantic: renumbered,
    parts: {
      ...parts,
      found: parts.found.map((part) => ({ ...part, classId: ids.get(part.classId) ?? part.classId })),
    },
    parsing: { ...parsing, categories: renumbered },
  };
}

/** Numbered from 1 by ascending score; later ones than a byte holds leave no pixels to what they cover. */
function paintByScore(scored: readonly Scored[], { width, height }: Pick<Found, 'width' | 'height'>) {
  const ids = new Uint8Array(width * height);
  const sorted = numpyOrder(scored.map(({ score }) => score)).flatMap((i) => scored[i] ?? []);
  const numbered = sorted.map(({ classId, score, mask }, i) => {
    const id = i + 1;
    const painted = id > mostIds ? 0 : id;
    forEachRun(mask, (y, start, end) => ids.fill(painted, y * width + start, y * width + end));
    return { id, classId, score };
  });
  const map: IdMap = { width, height, ids };
  const left = countIds(map);
  return { map, found: numbered.filter(({ id }) => left.has(id)) };
}

interface PaintedPeople {
  readonly map: IdMap;
  readonly found: readonly Detection[];
}

function scorePeople({ map, found }: PaintedPeople, parts: readonly Scored[], semantic: IdMap): Detection[] {
  const surest = surestParts(parts, map);
  const classes = Map.groupBy(countPairs(map, semantic).keys(), (key) => Math.floor(key / 65_536));
  return found.map(({ id, score }) => {
    const scores = (classes.get(id) ?? []).flatMap((key) => surest.get(id)?.get(key % 65_536) ?? []);
    const sum = scores.reduce((total, value) => total + value, 0);
    return { id, score: scores.length === 0 ? 0 : (sum * score) / scores.length };
  });
}

/** The highest score of each class, by person, among the parts that have a pixel of the person. */
function surestParts(parts: readonly Scored[], people: IdMap): Map<number, Map<number, number>> {
  const surest = new Map<number, Map<number, number>>();
  for (const { classId, score, mask } of parts) {
    const touched = new Set<number>();
    forEachRun(mask, (y, start, end) => {
      let last = -1;
      for (let i = y * people.width + start; i < y * people.width + end; i++) {
        if (people.ids[i] !== last) touched.add((last = people.ids[i]!));
      }
    });
    for (const person of touched) {
      const own = surest.get(person) ?? new Map<number, number>();
      own.set(classId, Math.max(score, own.get(classId) ?? 0));
      surest.set(person, own);
    }
  }
  return surest;
}
