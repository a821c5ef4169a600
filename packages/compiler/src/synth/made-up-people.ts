/**
 * Outputs of a network as a trained one has them: people who consist of parts, with smooth edges, soft logits, some of
 * them found twice, most queries empty. Random weights give noise instead, which takes post-processing many times as
 * long and files many times as many bytes.
 *
 * Only arithmetic that IEEE 754 defines to the bit, so that every machine draws the same people.
 */
// `!` below: pixel loops within the maps' own size.
import { createRandomNumbers } from './seeded-source.ts';

/** Queries' outputs before softmax and sigmoid. */
export interface MadeUpOutputs {
  /** queries x (classes + 1) */
  readonly logits: Float32Array;
  /** queries x height x width */
  readonly masks: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A line with round ends: from (x0, y0) to (x1, y1), this far around it; the person's height is 1, its middle is 0. */
type Stroke = readonly [x0: number, y0: number, x1: number, y1: number, radius: number];

interface Part {
  /** CIHP's. */
  readonly classId: number;
  /** The second best class, as left and right are often confused. */
  readonly orClassId?: number;
  readonly strokes: readonly Stroke[];
}

/** From front to back: what is in front hides what is behind. */
const parts: readonly Part[] = [
  { classId: 13, strokes: [[0, 0.08, 0, 0.11, 0.042]] },
  { classId: 2, strokes: [[0, 0.055, 0, 0.085, 0.055]] },
  { classId: 14, orClassId: 15, strokes: [[0.12, 0.22, 0.17, 0.47, 0.03]] },
  { classId: 15, orClassId: 14, strokes: [[-0.12, 0.22, -0.17, 0.47, 0.03]] },
  { classId: 5, strokes: [[0, 0.26, 0, 0.43, 0.1]] },
  { classId: 10, strokes: [[0, 0.14, 0, 0.17, 0.035]] },
  { classId: 18, orClassId: 19, strokes: [[0.06, 0.96, 0.09, 0.97, 0.026]] },
  { classId: 19, orClassId: 18, strokes: [[-0.06, 0.96, -0.09, 0.97, 0.026]] },
  {
    classId: 9,
    strokes: [
      [0, 0.5, 0, 0.54, 0.085],
      [0.055, 0.56, 0.065, 0.8, 0.05],
      [-0.055, 0.56, -0.065, 0.8, 0.05],
    ],
  },
  { classId: 16, orClassId: 17, strokes: [[0.065, 0.82, 0.065, 0.94, 0.03]] },
  { classId: 17, orClassId: 16, strokes: [[-0.065, 0.82, -0.065, 0.94, 0.03]] },
];
const personClassId = 20;

/** Where people stand, as shares of the map: their middle, the top of their heads, their height. */
const people: readonly (readonly [x: number, y: number, height: number])[] = [
  [0.3, 0.04, 0.92],
  [0.47, 0.16, 0.78],
  [0.72, 0.1, 0.86],
  [0.88, 0.42, 0.45],
];

/** A quarter of what a 16:9 photo with a short side of 540 px is padded to. */
const mapSize = { width: 240, height: 136 };

/** Of a mask: far inside, far outside, and how many cells from the edge it is half of that. */
const level = { inside: 12, outside: -16, softness: 1.5 };
/** How far edges stray, cells; how much the logits inside vary; and how wide such waves are, cells. */
const waves = { edge: 0.7, inside: 2, width: 7 };
const sure = 7;
const unsure = 2.5;

/** As many people as there are queries for, then some of their masks again, and nothing in the rest. */
export function drawPeople(queries: number, classes: number): MadeUpOutputs {
  const { width, height } = mapSize;
  const cells = width * height;
  const masks = new Float32Array(queries * cells).fill(level.outside);
  const logits = new Float32Array(queries * (classes + 1));
  const drawn = people.flatMap((_, person) => drawPerson(person));
  const again = drawn.filter((_, i) => i % 5 === 0).map((mask) => ({ ...mask, isAgain: true }));
  for (let query = 0; query < queries; query++) {
    const found = [...drawn, ...again][query];
    const row = logits.subarray(query * (classes + 1), (query + 1) * (classes + 1));
    row[classes] = found === undefined ? sure : found.isAgain ? unsure + 1 : 0;
    if (!found) continue;
    row[found.classId] = found.isAgain ? unsure : sure;
    if (found.orClassId !== undefined && !found.isAgain) row[found.orClassId] = sure - 1;
    soften(found.depth, query, masks.subarray(query * cells, (query + 1) * cells));
  }
  return { logits, masks, ...mapSize };
}

interface DrawnMask {
  readonly classId: number;
  readonly orClassId?: number | undefined;
  /** By cell: how far inside the mask it is, in cells; negative outside. */
  readonly depth: Float32Array;
  readonly isAgain: boolean;
}

/** The whole person, then each part. */
function drawPerson(person: number): DrawnMask[] {
  const whole = new Float32Array(mapSize.width * mapSize.height).fill(-Infinity);
  const drawn = parts.map(({ classId, orClassId, strokes }): DrawnMask => {
    const depth = depthOf(strokes, person);
    for (let i = 0; i < depth.length; i++) {
      const alone = depth[i]!;
      depth[i] = Math.min(alone, -whole[i]!);
      whole[i] = Math.max(whole[i]!, alone);
    }
    return { classId, orClassId, depth, isAgain: false };
  });
  return [{ classId: personClassId, depth: whole, isAgain: false }, ...drawn];
}

function depthOf(strokes: readonly Stroke[], person: number): Float32Array {
  const { width, height } = mapSize;
  const [left = 0, top = 0, share = 0] = people[person] ?? [];
  const scale = share * height;
  const depth = new Float32Array(width * height).fill(-Infinity);
  for (const [x0, y0, x1, y1, radius] of strokes) {
    const length = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0);
    for (let i = 0; i < depth.length; i++) {
      const x = ((i % width) + 0.5 - left * width) / scale;
      const y = (Math.floor(i / width) + 0.5 - top * height) / scale;
      const along = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
      const [dx, dy] = [x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)];
      const distance = Math.sqrt(dx * dx + dy * dy);
      depth[i] = Math.max(depth[i]!, (radius - distance) * scale);
    }
  }
  return depth;
}

/** Logits from depths, with waves. */
function soften(depth: Float32Array, query: number, into: Float32Array): void {
  const wave = createWaves(query);
  for (let i = 0; i < into.length; i++) {
    const swell = wave(i % mapSize.width, Math.floor(i / mapSize.width));
    const at = depth[i]! + waves.edge * swell;
    const share = at / (level.softness + Math.abs(at));
    into[i] = share > 0 ? share * (level.inside + waves.inside * swell) : -share * level.outside;
  }
}

/** Smooth noise of -1 to 1: random values on a coarse grid, bilinear in between. */
function createWaves(query: number): (x: number, y: number) => number {
  const columns = Math.ceil(mapSize.width / waves.width) + 1;
  const random = createRandomNumbers(query, 'waves');
  const rows = Math.ceil(mapSize.height / waves.width) + 1;
  const grid = Float32Array.from({ length: columns * rows }, random);
  return (x, y) => {
    const [column, row] = [Math.floor(x / waves.width), Math.floor(y / waves.width)];
    const [right, down] = [x / waves.width - column, y / waves.width - row];
    const at = row * columns + column;
    const above = grid[at]! + (grid[at + 1]! - grid[at]!) * right;
    const below = grid[at + columns]! + (grid[at + columns + 1]! - grid[at + columns]!) * right;
    return above + (below - above) * down;
  };
}
