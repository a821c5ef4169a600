/**
 * Colors for parts: the model's own, or by option ones that stay apart for eyes that lack a kind of cone too.
 *
 * Color blindness is simulated by the matrices of Machado, Oliveira and Fernandes, "A physiologically-based model for
 * simulation of color vision deficiency" (IEEE TVCG 2009), severity 1; distances are taken in Oklab (Ottosson, 2020),
 * where equal steps look equal.
 */

/** 0..255 each */
export type Rgb = readonly [number, number, number];

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** On linear RGB. */
const eyes: Readonly<Record<'usual' | 'protan' | 'deutan' | 'tritan', Matrix>> = {
  usual: identity,
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Color `id` of a PNG's palette of RGB triples. */
export function colorAt(palette: Uint8Array, id: number): Rgb {
  return [palette[id * 3] ?? 0, palette[id * 3 + 1] ?? 0, palette[id * 3 + 2] ?? 0];
}

/**
 * That many colors, each as far from those before it as any that is left: the smallest distance over all four kinds of
 * eyes counts. The first are a dark blue and a light yellow, which everybody tells apart.
 */
export function safeColors(count: number): Rgb[] {
  const candidates = candidateColors();
  const chosen: Rgb[] = [];
  const nearest = candidates.map(() => Infinity);
  let next = candidates.findIndex(({ rgb }) => rgb.join() === '0,51,204');
  while (chosen.length < Math.min(count, candidates.length)) {
    const taken = candidates[next];
    if (taken === undefined) break;
    chosen.push(taken.rgb);
    candidates.forEach((other, i) => (nearest[i] = Math.min(nearest[i] ?? 0, distance(taken.seen, other.seen))));
    next = nearest.indexOf(Math.max(...nearest));
  }
  return Array.from({ length: count }, (_, i) => chosen[i % chosen.length] ?? [0, 0, 0]);
}

/** The least distance of two colors in Oklab (black to white is 1) over all four kinds of eyes. */
export function safeDistance(a: Rgb, b: Rgb): number {
  return distance(seenByAll(a), seenByAll(b));
}

/** Six levels a channel; nearly black and nearly white ones get lost on photos. */
function candidateColors(): { rgb: Rgb; seen: Vector[] }[] {
  const levels = [0, 51, 102, 153, 204, 255];
  return levels
    .flatMap((r) => levels.flatMap((g) => levels.map((b): Rgb => [r, g, b])))
    .map((rgb) => ({ rgb, seen: seenByAll(rgb) }))
    .filter(({ seen: [usual] }) => usual !== undefined && usual[0] > 0.3 && usual[0] < 0.95);
}

function distance(a: readonly Vector[], b: readonly Vector[]): number {
  return Math.min(...a.map((at, eye) => Math.hypot(...at.map((value, axis) => value - (b[eye]?.[axis] ?? 0)))));
}

function seenByAll(rgb: Rgb): Vector[] {
  return Object.values(eyes).map((eye) => oklab(times(eye, mapped(rgb, linear))));
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

const toCones: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const fromCones: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

function oklab(rgb: Vector): Vector {
  return times(fromCones, mapped(times(toCones, rgb), Math.cbrt));
}

function times([a, b, c]: Matrix, v: Vector): Vector {
  return [dot(a, v), dot(b, v), dot(c, v)];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function mapped([a, b, c]: Vector, change: (value: number) => number): Vector {
  return [change(a), change(b), change(c)];
}
