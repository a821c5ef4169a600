/**
 * Takes from each head what another one claims more strongly, and then the scraps that this leaves of it, so that no
 * sliver of one head stays along the outline of its neighbour.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { claimAt } from './claim.ts';
import { clearCell } from './head-map.ts';
import { background } from './part-rules.ts';
import type { PlacedHead } from './paste.ts';
import { describeRegions, findRegions } from './regions.ts';
import { invert } from './similarity.ts';

/** What is left of a head apart from its face stays where it is this large, in squares of face widths. */
const smallestRest = 0.06;
/** As near to the middle of the face, face widths, something is surely part of the head. */
const coreRadius = 0.35;

export function settleNeighbours(heads: readonly PlacedHead[]): void {
  // All losses first: what a head gives up does not change what it takes.
  const lost = heads.map((head) => findLost(head, heads));
  for (const [i, head] of heads.entries()) {
    const cells = lost[i];
    if (cells) dropScraps(head, cells);
  }
}

/** 1 for each cell of the head that another head claims more strongly; undefined where there is none. */
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

/** How sure a head is of the place of a photo, 0 where it sees background. To the nearest cell. */
function surenessLookup({ frame, map, claim }: PlacedHead): (x: number, y: number) => number {
  const { grid, classes, probabilities, likeliest } = map;
  const { a, b, tx, ty } = invert(frame.toPhoto);
  return (x, y) => {
    const column = Math.floor((a * x - b * y + tx - grid.left) * grid.cellsPerWidth);
    const row = Math.floor((b * x + a * y + ty - grid.top) * grid.cellsPerWidth);
    if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return 0;
    const cell = row * grid.columns + column;
    if (likeliest[cell] === background) return 0;
    const certainty = 1 - probabilities[cell * classes + background]! / 255;
    return claim ? certainty * claimAt(claim, column, row) : certainty;
  };
}

function dropScraps({ map }: PlacedHead, lost: Uint8Array): void {
  const { grid, likeliest } = map;
  const kept = likeliest.map((value, cell) => (value === background || lost[cell] === 1 ? 0 : 1));
  const found = findRegions(kept, grid.columns);
  const dropped = describeRegions(found, grid).map(
    ({ value, nearest, area }) => value === 1 && nearest > coreRadius && area < smallestRest,
  );
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (likeliest[cell] !== background && (lost[cell] === 1 || dropped[found.of[cell]!])) clearCell(map, cell);
  }
}
