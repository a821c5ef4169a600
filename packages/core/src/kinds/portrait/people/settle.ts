/**
 * Takes from each head what another one claims more strongly, and then the scraps that this leaves of it, so that no
 * sliver of a head remains along the outline of its neighbor.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { clearCell } from '../head/head-map.ts';
import { background } from '../head/part-rules.ts';
import { describeRegions, findRegions } from '../head/regions.ts';
import { invert } from '../sampling/similarity.ts';
import { claimAt, type PlacedHead } from './claim.ts';

/** What is left of a head apart from its face is kept if it is this large, in squared face widths. */
const smallestRest = 0.06;
/** Whatever is this near to the middle of the face, face widths, is surely part of the head. */
const coreRadius = 0.35;

export function settleNeighbors(heads: readonly PlacedHead[]): void {
  // All losses are found first: what a head gives up does not change what it takes.
  const lost = heads.map((head) => findLost(head, heads));
  for (const [i, head] of heads.entries()) {
    const cells = lost[i];
    if (cells) dropScraps(head, cells);
  }
}

/** 1 for each cell of the head that another head claims more strongly; undefined if no other head is near. */
function findLost(head: PlacedHead, heads: readonly PlacedHead[]): Uint8Array | undefined {
  if (!head.claim) return undefined;
  const { grid, likeliest } = head.map;
  const lost = new Uint8Array(likeliest.length);
  const others = heads.filter((other) => other !== head && other.claim !== undefined);
  const lookups = others.map((other) => surenessLookup(other));
  const own = surenessLookup(head);
  const { a, b, tx, ty } = head.frame.toPhoto;
  for (let i = 0, cell = 0; i < grid.rows; i++) {
    const v = grid.top + (i + 0.5) / grid.cellsPerWidth;
    for (let j = 0; j < grid.columns; j++, cell++) {
      if (likeliest[cell] === background) continue;
      const u = grid.left + (j + 0.5) / grid.cellsPerWidth;
      const x = a * u - b * v + tx;
      const y = b * u + a * v + ty;
      const sureness = own(x, y);
      if (lookups.some((of) => of(x, y) > sureness)) lost[cell] = 1;
    }
  }
  return lost;
}

/** How sure a head is of a place in the photo, by the nearest cell; 0 where it sees background. */
function surenessLookup({ frame, map, claim }: PlacedHead): (x: number, y: number) => number {
  const { grid, classes, probabilities, likeliest } = map;
  const { a, b, tx, ty } = invert(frame.toPhoto);
  return (x, y) => {
    const u = a * x - b * y + tx;
    const v = b * x + a * y + ty;
    const column = Math.floor((u - grid.left) * grid.cellsPerWidth);
    const row = Math.floor((v - grid.top) * grid.cellsPerWidth);
    if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return 0;
    const cell = row * grid.columns + column;
    if (likeliest[cell] === background) return 0;
    const certainty = 1 - probabilities[cell * classes + background]! / 255;
    return claim ? certainty * claimAt(claim, u, v) : certainty;
  };
}

/** Cells past its own that a head keeps: where two heads meet, the pixels between them are decided one by one. */
const margin = 2;

function dropScraps({ map }: PlacedHead, lost: Uint8Array): void {
  const { grid, likeliest } = map;
  const kept = likeliest.map((value, cell) => (value === background || lost[cell] === 1 ? 0 : 1));
  const found = findRegions(kept, grid.columns);
  const regions = describeRegions(found, grid);
  for (let cell = 0; cell < kept.length; cell++) {
    const { nearest, area } = regions[found.of[cell]!]!;
    if (kept[cell] === 1 && nearest > coreRadius && area < smallestRest) kept[cell] = 0;
  }
  const wider = widened(kept, grid.columns);
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (likeliest[cell] !== background && wider[cell] === 0) clearCell(map, cell);
  }
}

/** The cells within the margin around those set, along rows and columns. */
function widened(cells: Uint8Array, columns: number): Uint8Array {
  let wider = cells;
  for (let n = 0; n < margin; n++) {
    const from = wider;
    wider = from.map((value, cell) => {
      const column = cell % columns;
      return value === 1 ||
        (column > 0 && from[cell - 1] === 1) ||
        (column + 1 < columns && from[cell + 1] === 1) ||
        from[cell - columns] === 1 ||
        from[cell + columns] === 1
        ? 1
        : 0;
    });
  }
  return wider;
}
