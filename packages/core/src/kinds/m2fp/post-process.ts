import type { SpanMask } from '../../render/span-mask.ts';
import { classProbabilities, maskLogits, type NetworkOutput } from '../../parsing/network/network-output.ts';
import { MaskUpsampler, type UpsampledMask } from '../../parsing/resize/mask-upsampler.ts';
import type { ResizeSteps } from '../../parsing/resize/resize-steps.ts';
import type { Parsing, ParsedMask } from '../../parsing/types.ts';
import { assignPeople } from './assign-people.ts';

export interface PeopleSettings {
  /** Class id of the whole person ('Human'). */
  readonly personClassId: number;
  /** Masks whose score is not above this are dropped. */
  readonly scoreThreshold: number;
  /** At most this many of the likeliest (query, class) pairs are considered. */
  readonly topK: number;
}

/** The reference keeps whole people above this score, and parts at or above it. */
export const lowestScore = 0.1;

const backgroundClassId = 0;

/** One query read as one class. */
interface Pair {
  readonly query: number;
  readonly classId: number;
  /** 0..1 */
  readonly probability: number;
}

interface Scored extends Pair {
  readonly score: number;
  readonly mask: SpanMask;
}

/**
 * Many people: turns the network's outputs into masks at the photo's size, as M2FP's reference defines them. The score
 * of a (query, class) pair is its probability times the mean sigmoid of the query's mask over the mask's pixels.
 *
 * Masks are sorted by descending score (then ascending class id, then query). So people are numbered by descending
 * score, and a higher threshold does not renumber those who remain. A whole person is a mask with its own number.
 */
export function postProcessPeople(
  output: NetworkOutput,
  steps: ResizeSteps,
  settings: PeopleSettings,
): Pick<Parsing, 'masks' | 'people'> {
  const found = scorePairs(output, steps, settings).sort(
    (a, b) => b.score - a.score || a.classId - b.classId || a.query - b.query,
  );
  const people = found.filter((pair) => pair.classId === settings.personClassId);
  const parts = found.filter((pair) => pair.classId !== settings.personClassId);
  const personIds = numberPeople(parts, people);
  const masks = found.map((pair): ParsedMask => {
    const { classId, score, mask } = pair;
    return { classId, score, mask, personId: personIds.get(pair) ?? 0 };
  });
  return { masks, people: people.length };
}

function numberPeople(parts: readonly Scored[], people: readonly Scored[]): Map<Scored, number> {
  const owners = assignPeople(
    parts.map((part) => part.mask),
    people.map((person) => person.mask),
  );
  return new Map([
    ...people.map((person, i) => [person, i + 1] as const),
    ...parts.map((part, i) => [part, owners[i] ?? 0] as const),
  ]);
}

/** The pairs that are kept. A query read as several classes is resized only once. */
function scorePairs(output: NetworkOutput, steps: ResizeSteps, settings: PeopleSettings): Scored[] {
  const upsampler = new MaskUpsampler(steps);
  const masks = new Map<number, UpsampledMask>();
  const maskOf = (query: number): UpsampledMask => {
    const known = masks.get(query) ?? upsampler.upsample(maskLogits(output, query));
    masks.set(query, known);
    return known;
  };
  const scored = selectPairs(classProbabilities(output), output.classes, settings.topK)
    .filter((pair) => isKept(pair.classId, pair.probability, settings))
    .map((pair) => ({ ...pair, ...scoreOf(pair, maskOf(pair.query)) }));
  upsampler.release();
  return scored.filter((pair) => isKept(pair.classId, pair.score, settings));
}

/**
 * The `limit` likeliest of the Q x C (query, class) pairs, likeliest first; ties in the order of the array.
 * `probabilities` is Q x C.
 */
export function selectPairs(probabilities: Float64Array, classes: number, limit: number): Pair[] {
  const pairs = Array.from(probabilities, (probability, i) => ({
    query: Math.floor(i / classes),
    classId: i % classes,
    probability,
  }));
  return pairs.sort((a, b) => b.probability - a.probability).slice(0, limit);
}

function scoreOf(pair: Pair, { mask, meanSigmoid }: UpsampledMask): { score: number; mask: SpanMask } {
  return { score: pair.probability * meanSigmoid, mask };
}

/** Called first with the probability, which the score never exceeds: most pairs need no resizing. */
function isKept(classId: number, score: number, { personClassId, scoreThreshold }: PeopleSettings): boolean {
  if (classId === backgroundClassId || !(score > scoreThreshold)) return false;
  return classId === personClassId ? score > lowestScore : score >= lowestScore;
}
