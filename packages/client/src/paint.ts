/**
 * Many masks on one canvas, as the service paints them: ranked by score, highest first, then the smaller one, then the
 * lower class id; a pixel belongs to the first that has it.
 */
import type { Bitmap } from './bitmap.ts';

/** A mask as painting needs it. */
export interface Layer {
  readonly classId: number;
  readonly personId: number;
  /** Of its class: `part`, `person` (whole people) or `background`. */
  readonly role: string;
  readonly score: number;
  readonly area: number;
  readonly bitmap: () => Bitmap;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Class ids. @param scoreStep scores are rounded to it first; 0 = exact */
export function paintLabels(layers: readonly Layer[], scoreStep: number, size: Size): Uint8Array {
  const ranked = ranks(layers, scoreStep).filter(({ role }) => role !== 'person');
  return paint(ranked, size, ({ role, classId }) => (role === 'background' ? 0 : classId));
}

/** Person ids. If the model finds whole people, they count, the surest first; if it only finds parts, those do. */
export function paintPeople(layers: readonly Layer[], scoreStep: number, size: Size): Uint8Array {
  const people = layers.filter(({ role }) => role === 'person');
  const ranked = people.length > 0 ? [...people].sort((a, b) => b.score - a.score) : ranks(layers, scoreStep);
  return paint(ranked, size, ({ personId }) => (personId > 255 ? 0 : personId));
}

function ranks(layers: readonly Layer[], scoreStep: number): Layer[] {
  const rank = ({ score }: Layer): number => (scoreStep > 0 ? Math.round(score / scoreStep) : score);
  return [...layers].sort((a, b) => rank(b) - rank(a) || a.area - b.area || a.classId - b.classId);
}

function paint(ranked: readonly Layer[], { width, height }: Size, valueOf: (layer: Layer) => number): Uint8Array {
  const canvas = new Uint8Array(width * height);
  for (const layer of [...ranked].reverse()) {
    const value = valueOf(layer);
    const { data } = layer.bitmap();
    for (let at = 0; at < data.length; at++) if (data[at] === 1) canvas[at] = value;
  }
  return canvas;
}
