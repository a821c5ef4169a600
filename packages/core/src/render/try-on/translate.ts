/**
 * A label map in the class ids of another label set, in linear time: first what has a fixed id, then region by region
 * what depends on its neighbors or its side.
 *
 * `!` only in the loops over pixels and on indices of the tables of 256.
 */
import type { Rule, SideRule, TouchRule } from './class-maps.ts';
import { regionsOf, type Canvases, type Run } from './regions.ts';

/** What is translated. */
export interface LabelMap {
  readonly width: number;
  /** The label map: one class id per pixel, row by row. */
  readonly classes: Uint8Array;
  /** One person id per pixel, 0 = nobody; called only if a rule needs it. */
  readonly people: () => Uint8Array;
}

/** @param rules by class id; a class without one becomes 0 */
export function translate({ width, classes, people }: LabelMap, rules: ReadonlyMap<number, Rule>): Uint8Array {
  const fixed = new Uint8Array(256);
  const isOpen = new Uint8Array(256);
  for (const [id, rule] of rules) {
    if (typeof rule === 'number') fixed[id] = rule;
    else isOpen[id] = 1;
  }
  const translated = new Uint8Array(classes.length);
  let hasOpen = false;
  for (let i = 0; i < classes.length; i++) {
    const id = classes[i]!;
    translated[i] = fixed[id]!;
    if (isOpen[id] !== 0) hasOpen = true;
  }
  if (hasOpen) translateRegions({ width, classes, people: people() }, { rules, fixed, isOpen, translated });
  return translated;
}

interface Translation {
  readonly rules: ReadonlyMap<number, Rule>;
  /** By class id; 0 for those that are decided by region. */
  readonly fixed: Uint8Array;
  readonly isOpen: Uint8Array;
  /** Filled in. */
  readonly translated: Uint8Array;
}

function translateRegions(canvases: Canvases, { rules, fixed, isOpen, translated }: Translation): void {
  const contacts = new Contacts(canvases, fixed);
  let middles: Float64Array | undefined;
  for (const runs of regionsOf(canvases, isOpen)) {
    const start = runs[0]!.start;
    const rule = rules.get(canvases.classes[start]!) as TouchRule | SideRule;
    const id =
      'touches' in rule
        ? touchedId(rule, contacts.of(runs))
        : sideId(rule, runs, canvases.width, (middles ??= middlesOf(canvases))[canvases.people[start]!]!);
    if (id !== 0) for (const run of runs) translated.fill(id, run.start, run.end);
  }
}

/** By the longest border; among equals, the lowest neighbor's id. */
function touchedId({ touches, otherwise }: TouchRule, contacts: Uint32Array): number {
  for (const idOf of touches) {
    const neighbors = Object.keys(idOf).map(Number);
    const most = neighbors.reduce((a, b) => (contacts[b]! > contacts[a]! ? b : a));
    if (contacts[most]! > 0) return idOf[most]!;
  }
  return otherwise;
}

/** What regions border on. A neighbor counts if it belongs to the same person, or either of them to nobody. */
class Contacts {
  readonly #canvases: Canvases;
  readonly #fixed: Uint8Array;
  readonly #counts = new Uint32Array(256);

  constructor(canvases: Canvases, fixed: Uint8Array) {
    this.#canvases = canvases;
    this.#fixed = fixed;
  }

  /** How many pairs of a pixel of the region and one of each id meet, at a side or a corner; until the next call. */
  of(runs: readonly Run[]): Uint32Array {
    const { width, classes } = this.#canvases;
    this.#counts.fill(0);
    for (const run of runs) {
      const rowStart = run.start - (run.start % width);
      for (const row of [rowStart - width, rowStart, rowStart + width]) {
        if (row >= 0 && row < classes.length) this.#countRow(run, rowStart, row);
      }
    }
    return this.#counts;
  }

  /** Counts the pixels of a row, its own or one next to it, that the run meets. */
  #countRow({ start, end }: Run, rowStart: number, row: number): void {
    const { width, classes, people } = this.#canvases;
    const person = people[start]!;
    const [from, to] = [start - rowStart, end - rowStart];
    const last = Math.min(width, to + 1);
    for (let x = Math.max(0, from - 1); x < last; x++) {
      const other = people[row + x]!;
      if (other !== person && other !== 0 && person !== 0) continue;
      const pairs = Math.min(x + 2, to) - Math.max(x - 1, from);
      this.#counts[this.#fixed[classes[row + x]!]!]! += pairs;
    }
  }
}

/** A person who faces the camera has the right side on the left of the picture. */
function sideId({ left, right }: SideRule, runs: readonly Run[], width: number, middle: number): number {
  let pixels = 0;
  let sum = 0;
  for (const { start, end } of runs) {
    pixels += end - start;
    sum += (end - start) * ((start % width) + (end - start - 1) / 2);
  }
  return sum / pixels < middle ? right : left;
}

/** The mean x of each person's pixels, by person id, px. */
function middlesOf({ width, classes, people }: Canvases): Float64Array {
  const sums = new Float64Array(256);
  const counts = new Uint32Array(256);
  for (let i = 0, x = 0; i < classes.length; i++, x = x + 1 === width ? 0 : x + 1) {
    if (classes[i] === 0) continue;
    sums[people[i]!]! += x;
    counts[people[i]!]! += 1;
  }
  return sums.map((sum, person) => sum / Math.max(1, counts[person]!));
}
