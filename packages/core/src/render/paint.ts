/**
 * Layered painting: many masks on one canvas of one byte per pixel. Masks are ranked by score, highest first, and a
 * pixel belongs to the first mask that has it. Painting in the opposite order and overwriting gives the same canvas
 * without checking what was painted before.
 */
import type { Label } from '../model/manifest.ts';
import type { ParsedMask, Parsing } from '../parsing/types.ts';
import { forEachRun } from './span-mask.ts';

type Roles = ReadonlyMap<number, Label['role']>;

/**
 * The label map: one class id per pixel, 0 where there is nothing. A pixel that background wins is 0; whole people
 * are not painted.
 */
export function paintColormap(parsing: Parsing, labels: readonly Label[], scoreStep: number): Uint8Array {
  const roles = rolesOf(labels);
  const layers = rankLayers(parsing.masks, scoreStep).filter(({ classId }) => roles.get(classId) !== 'person');
  return paint(parsing, layers, ({ classId }) => (roles.get(classId) === 'background' ? 0 : classId));
}

/**
 * One person id per pixel, 0 = nobody. If the model finds whole people, a pixel belongs to the surest one that has it;
 * if it only finds parts, to the person whose part has it on the label map. Ids above 255 do not fit and become 0.
 */
export function paintInstances(parsing: Parsing, labels: readonly Label[], scoreStep: number): Uint8Array {
  const roles = rolesOf(labels);
  const people = parsing.masks.filter(({ classId }) => roles.get(classId) === 'person');
  const layers = people.length > 0 ? rankByScore(people) : rankLayers(parsing.masks, scoreStep);
  return paint(parsing, layers, ({ personId }) => (personId > 255 ? 0 : personId));
}

/** How many pixels of a canvas have each value from 0 to 255. */
export function countPixels(canvas: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  const words = wordsOf(canvas);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    const value = word & 0xff;
    // Label maps are flat areas: four pixels at a time are mostly of one class.
    if (word === Math.imul(value, 0x01010101) >>> 0) counts[value] = (counts[value] ?? 0) + 4;
    else for (let at = 4 * i; at < 4 * i + 4; at++) addPixel(counts, canvas[at] ?? 0);
  }
  for (let at = 4 * words.length; at < canvas.length; at++) addPixel(counts, canvas[at] ?? 0);
  return counts;
}

/** The canvas, four pixels in each; without the last ones if they are fewer. None if it does not begin at a word. */
function wordsOf(canvas: Uint8Array): Uint32Array {
  if (canvas.byteOffset % 4 !== 0) return new Uint32Array(0);
  return new Uint32Array(canvas.buffer, canvas.byteOffset, Math.floor(canvas.length / 4));
}

function addPixel(counts: Uint32Array, value: number): void {
  counts[value] = (counts[value] ?? 0) + 1;
}

/**
 * Masks in the order in which they get pixels: the highest score first, then the smaller mask, then the lower class id,
 * then as listed. Exact scores hardly ever tie, so they are rounded to multiples of `scoreStep` first; 0 keeps them
 * exact.
 */
export function rankLayers(masks: readonly ParsedMask[], scoreStep: number): ParsedMask[] {
  const rank = ({ score }: ParsedMask): number => (scoreStep > 0 ? Math.round(score / scoreStep) : score);
  return masks.toSorted((a, b) => rank(b) - rank(a) || a.mask.area - b.mask.area || a.classId - b.classId);
}

function rankByScore(masks: readonly ParsedMask[]): ParsedMask[] {
  return masks.toSorted((a, b) => b.score - a.score);
}

function rolesOf(labels: readonly Label[]): Roles {
  return new Map(labels.map((label) => [label.id, label.role]));
}

function paint(
  { width, height }: { readonly width: number; readonly height: number },
  layers: readonly ParsedMask[],
  valueOf: (layer: ParsedMask) => number,
): Uint8Array {
  const canvas = new Uint8Array(width * height);
  for (const layer of layers.toReversed()) {
    const value = valueOf(layer);
    forEachRun(layer.mask, (y, start, end) => canvas.fill(value, y * width + start, y * width + end));
  }
  return canvas;
}
