import { createClaim, isOnOtherFace, nearestFace, type Neighbour } from './claim.ts';
import type { Face } from './face.ts';
import { addView, clearCanvas, createHeadCanvas, hairInDoubt, type CanvasGrid } from './head-canvas.ts';
import { createHeadFrame, type HeadFrame } from './head-frame.ts';
import { clearCell, toHeadMap, type HeadMap } from './head-map.ts';
import { background, type PartRule } from './part-rules.ts';
import type { PlacedHead } from './paste.ts';
import type { Pyramid } from './pyramid.ts';
import type { ClassMap, Segmenter } from './segmenter.ts';
import { apply, invert, type Point } from './similarity.ts';
import { tidyHead, type Landmarks } from './tidy-head.ts';
import { hairGoingOn, touchedSides, type View, type ViewPlan } from './views.ts';

/** Holds all views of a head: 6 face widths, from above a hat to long hair. */
const grid: CanvasGrid = { left: -3, top: -2.3, columns: 480, rows: 480, cellsPerWidth: 80 };
/** What is as near to another face, in its widths, is not looked at for this one. */
const neighbourRadius = 0.9;
/** Views that follow long hair, at most. */
const mostBeyond = 2;

export interface HeadReader {
  /** Looks at one of a photo's faces, all of which are given, from as many views as it takes. */
  read(pyramid: Pyramid, face: Face, faces: readonly Face[]): Promise<PlacedHead>;
}

export function createHeadReader(segmenter: Segmenter, plan: ViewPlan, rules: readonly PartRule[]): HeadReader {
  const canvas = createHeadCanvas(grid, rules.length);
  return {
    async read(pyramid, face, faces) {
      const frame = createHeadFrame(face);
      const neighbours = findNeighbours(face, frame, faces);
      const isOwn = (x: number, y: number) =>
        isInside(pyramid, apply(frame.toPhoto, { x, y })) &&
        nearestFace(x, y, neighbours) > Math.min(Math.hypot(x, y), neighbourRadius);
      const see = (view: View) => segmenter.segment(pyramid, frame, view);
      const believe = (view: View, map: ClassMap): boolean => {
        if (view.faceless) forgetFace(map, rules);
        const isBelieved = hairInDoubt(canvas, map, view, rules, isOwn) <= view.mostDoubt;
        if (isBelieved) addView(canvas, map, view);
        return isBelieved;
      };
      clearCanvas(canvas);
      believe(plan.close, await see(plan.close));
      const mainMap = await see(plan.main);
      believe(plan.main, mainMap);
      const { center, side } = plan.main;
      const touched = touchedSides(mainMap, (u, v) => isOwn(center.x + u * side, center.y + v * side));
      for (const view of plan.further(touched)) believe(view, await see(view));
      for (let n = 0; n < mostBeyond; n++) {
        const place = hairGoingOn(canvas, rules, isOwn);
        if (!place) break;
        const view = plan.beyond(place);
        if (!believe(view, await see(view))) break;
      }

      const map = toHeadMap(canvas, rules);
      leaveOtherFaces(map, neighbours);
      tidyHead(map, rules, findLandmarks(face, frame));
      const claim = neighbours.length > 0 ? createClaim(pyramid, frame, map, neighbours) : undefined;
      return { frame, map, claim };
    },
  };
}

function isInside({ width, height }: Pyramid, { x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x < width && y < height;
}

/** The other faces whose heads could meet this one. */
function findNeighbours(face: Face, frame: HeadFrame, faces: readonly Face[]): Neighbour[] {
  const toHead = invert(frame.toPhoto);
  return faces
    .filter((other) => other !== face)
    .map((other) => ({
      ...apply(toHead, other.center),
      size: Math.max(other.width, other.height) / frame.faceWidth,
    }))
    .filter(({ x, y, size }) => Math.hypot(x, y) < (1 + size) * 3);
}

function findLandmarks(face: Face, frame: HeadFrame): Landmarks {
  const toHead = invert(frame.toPhoto);
  return {
    rightEye: apply(toHead, face.rightEye),
    leftEye: apply(toHead, face.leftEye),
    nose: apply(toHead, face.nose),
    mouth: apply(toHead, face.mouth),
    middle: { x: 0, y: 0 },
  };
}

/** Of what the network takes for a face where there is none, nothing is left but the background. */
function forgetFace({ data, size, classes }: ClassMap, rules: readonly PartRule[]): void {
  for (let start = 0; start < size * size * classes; start += classes) {
    for (let c = 1; c < classes; c++) {
      if (!rules[c]!.ofFace) continue;
      data[start + background]! += data[start + c]!;
      data[start + c] = 0;
    }
  }
}

function leaveOtherFaces(map: HeadMap, neighbours: readonly Neighbour[]): void {
  if (neighbours.length === 0) return;
  const { likeliest } = map;
  const { left, top, columns, cellsPerWidth } = map.grid;
  for (let cell = 0; cell < likeliest.length; cell++) {
    const x = left + ((cell % columns) + 0.5) / cellsPerWidth;
    const y = top + (Math.floor(cell / columns) + 0.5) / cellsPerWidth;
    if (likeliest[cell] === background || !isOnOtherFace(x, y, neighbours)) continue;
    clearCell(map, cell);
  }
}
