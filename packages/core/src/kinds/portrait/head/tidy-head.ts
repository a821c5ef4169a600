/**
 * Removes from a head's map what cannot be part of a head: specks, a second nose, skin apart from the face, patches
 * that are not connected to it. A cell that loses its class gets its next likeliest one.
 *
 * `!` only in the loops over cells and regions, inside bounds that the loops themselves set.
 */
import type { Point } from '../sampling/similarity.ts';
import type { HeadGrid } from './head-frame.ts';
import { clearCell, type HeadMap } from './head-map.ts';
import { background, type Landmark, type PartRule } from './part-rules.ts';
import { describeRegions, findRegions, type Region } from './regions.ts';
import { likeliestAt } from './segmenter.ts';

/** Face widths, in head coordinates. */
export type Landmarks = Readonly<Record<Landmark, Point>>;

/** Whatever is this near to the middle of the face, face widths, is surely part of the head. */
const coreRadius = 0.35;
/** More than photos need in practice; it bounds the time. */
const maxPasses = 8;
/** Gaps of up to this many cells are bridged: hair continues behind a strap or a finger. */
const bridge = 4;

export function tidyHead(map: HeadMap, rules: readonly PartRule[], landmarks: Landmarks): void {
  // A dropped speck may turn into another speck; each pass takes a class away.
  for (let pass = 0; pass < maxPasses && dropMisplaced(map, rules, landmarks); pass++);
  dropUnconnected(map);
}

/** False if nothing had to be dropped. */
function dropMisplaced(
  { grid, classes, probabilities, likeliest }: HeadMap,
  rules: readonly PartRule[],
  landmarks: Landmarks,
): boolean {
  const found = findRegions(likeliest, grid.columns);
  const regions = describeRegions(found, grid);
  const largest = rules.map((rule, value) => largestArea(regions, value, rule, landmarks));
  const isDropped = (region: Region): boolean => {
    const rule = rules[region.value]!;
    if (region.value === background) return region.area < rule.smallestArea && !region.atBorder;
    if (!isInPlace(region, rule, landmarks) || region.area < rule.smallestArea) return true;
    return region.area < (rule.single ? 1 : (rule.smallestShare ?? 0)) * largest[region.value]!;
  };
  const dropped = Uint8Array.from(regions, (region) => (isDropped(region) ? 1 : 0));
  if (!dropped.includes(1)) return false;
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (dropped[found.of[cell]!] === 0) continue;
    const start = cell * classes;
    probabilities[start + likeliest[cell]!] = 0;
    likeliest[cell] = likeliestAt(probabilities, start, classes);
  }
  return true;
}

function isInPlace(region: Region, { within, single }: PartRule, landmarks: Landmarks): boolean {
  if (within !== undefined && region.nearest > within) return false;
  if (!single) return true;
  const { x, y } = landmarks[single.at];
  return Math.hypot(region.x - x, region.y - y) <= single.within;
}

function largestArea(regions: readonly Region[], value: number, rule: PartRule, landmarks: Landmarks): number {
  const areas = regions.map((region) =>
    region.value === value && isInPlace(region, rule, landmarks) ? region.area : 0,
  );
  return areas.reduce((most, area) => Math.max(most, area), 0);
}

/** Keeps what is connected with the face, over small gaps. */
function dropUnconnected(map: HeadMap): void {
  const { grid, likeliest } = map;
  const coarse = coarsened(likeliest, grid);
  const found = findRegions(coarse.isHead, coarse.grid.columns);
  const regions = describeRegions(found, coarse.grid);
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (likeliest[cell] === background) continue;
    const row = Math.floor(cell / grid.columns / bridge);
    const column = Math.floor((cell % grid.columns) / bridge);
    if (regions[found.of[row * coarse.grid.columns + column]!]!.nearest > coreRadius) clearCell(map, cell);
  }
}

/** The grid in steps of `bridge` cells: 1 where any of these is not background. */
function coarsened(likeliest: Uint8Array, fine: HeadGrid): { grid: HeadGrid; isHead: Uint8Array } {
  const grid = {
    ...fine,
    columns: fine.columns / bridge,
    rows: fine.rows / bridge,
    cellsPerWidth: fine.cellsPerWidth / bridge,
  };
  const isHead = new Uint8Array(grid.columns * grid.rows);
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (likeliest[cell] === background) continue;
    const row = Math.floor(cell / fine.columns / bridge);
    isHead[row * grid.columns + Math.floor((cell % fine.columns) / bridge)] = 1;
  }
  return { grid, isHead };
}
