/** The runs of a mask, one row of pixels after the other. */
import { edgeCount, valueBetween } from './cell-sums';
import { addLine, valueAt } from './line-sums';
import { buffers, floatAt, intAt, x, y } from './tables';

/** The mask's box, px, its pixels and its runs. */
export let top: i32 = 0;
export let bottom: i32 = 0;
export let left: i32 = 0;
export let right: i32 = 0;
export let area: f64 = 0;
export let runCount: i32 = 0;

export function startMask(): void {
  top = bottom = -1;
  left = i32.MAX_VALUE;
  right = 0;
  area = 0;
  runCount = 0;
}

/**
 * One row of pixels in the cells `from .. to - 1`, of which only edges are looked at: a run that is open behind one
 * goes on through the cells inside, up to the next.
 */
export function fillLine(line: i32, from: i32, to: i32): void {
  store<i32>(buffers.rowStart + 4 * line, runCount);
  const place: f64 = floatAt(y.place, line);
  let start = valueBetween(from, place) > 0 ? intAt(x.cellStart, from) : -1;
  for (let i = 0; i < edgeCount; i++) {
    const cell = intAt(buffers.edges, i);
    const near = valueBetween(cell, place);
    const far = valueBetween(cell + 1, place);
    if (near <= 0 && far <= 0) continue;
    const first = intAt(x.cellStart, cell);
    const end = intAt(x.cellStart, cell + 1);
    if (near > 0 && far > 0) addLine(cell, near, far - near, first, end);
    else if (near > 0) {
      const stop = findCrossing(cell, near, far - near);
      addLine(cell, near, far - near, first, stop);
      addRun(line, start, stop);
      start = -1;
    } else {
      start = findCrossing(cell, near, far - near);
      addLine(cell, near, far - near, start, end);
    }
  }
  if (start >= 0) addRun(line, start, intAt(x.cellStart, to));
}

/** The first pixel of a cell behind the place where its values cross 0: about there by division, then exactly. */
function findCrossing(cell: i32, near: f64, slope: f64): i32 {
  const first = intAt(x.cellStart, cell);
  const end = intAt(x.cellStart, cell + 1);
  const isRising = slope > 0;
  const place: f64 = -near / slope - <f64>floatAt(x.place, first);
  const guess = first + <i32>ceil<f64>(place * <f64>floatAt(x.density, cell));
  let pixel = max(first, min(end, guess));
  while (pixel > first && valueAt(pixel - 1, near, slope) > 0 === isRising) pixel--;
  while (pixel < end && valueAt(pixel, near, slope) > 0 !== isRising) pixel++;
  return pixel;
}

/** Joined to the one before if they touch. */
function addRun(line: i32, start: i32, end: i32): void {
  if (start >= end) return;
  area += <f64>(end - start);
  left = min(left, start);
  right = max(right, end);
  if (top < 0) top = line;
  bottom = line + 1;
  const at = buffers.runs + 8 * runCount;
  if (runCount > intAt(buffers.rowStart, line) && load<i32>(at - 4) === start) {
    store<i32>(at - 4, end);
    return;
  }
  // 16 pages of 64 KiB. What cannot be had ends the call with an error.
  if (at + 8 > (<usize>memory.size()) << 16 && memory.grow(16) < 0) unreachable();
  store<i32>(at, start);
  store<i32>(at, end, 4);
  runCount += 1;
}
