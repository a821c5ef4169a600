import type { Face } from './detection/face.ts';
import { createClaim } from './people/claim.ts';
import { findNeighbours, isOnOtherFace, isOwnPlace, type Neighbour } from './people/neighbours.ts';
import type { PlacedHead } from './people/placed-head.ts';
import type { Pyramid } from './sampling/pyramid.ts';
import { apply, invert } from './sampling/similarity.ts';
import { hairInDoubt } from './head/hair-in-doubt.ts';
import { addView, clearCanvas, createHeadCanvas, type HeadCanvas } from './head/head-canvas.ts';
import { createHeadFrame, type HeadFrame } from './head/head-frame.ts';
import { middleOf, viewsGrid } from './head/head-grid.ts';
import { clearCell, toHeadMap, trimHeadMap, type HeadMap } from './head/head-map.ts';
import { hairGoingOn } from './head/long-hair.ts';
import { background, type PartRule } from './head/part-rules.ts';
import type { ClassMap, Segmenter } from './head/segmenter.ts';
import { taperHair } from './head/taper-hair.ts';
import { tidyHead, type Landmarks } from './head/tidy-head.ts';
import { touchedSides } from './head/touched-sides.ts';
import type { View, ViewPlan } from './head/view-plan.ts';

/** Cells beyond the photo that are kept, so that its outermost pixels lie between cells that know what they show. */
const borderCells = 2;
/** Views that follow long hair, at most. */
const mostBeyond = 2;

export interface HeadReader {
  /** Reads one of a photo's faces, all of which are given, in at most so many views (at least the first two). */
  read(pyramid: Pyramid, face: Face, faces: readonly Face[], mostViews: number): Promise<PlacedHead>;
}

/** Not safe for concurrent calls: heads share a canvas. */
export function createHeadReader(segmenter: Segmenter, plan: ViewPlan, rules: readonly PartRule[]): HeadReader {
  const canvas = createHeadCanvas(viewsGrid, rules.length);
  return {
    async read(pyramid, face, faces, mostViews) {
      const frame = createHeadFrame(face);
      const neighbours = findNeighbours(face, frame, faces);
      const isOwn = (x: number, y: number) => {
        const place = apply(frame.toPhoto, { x, y });
        const isInPhoto = place.x >= 0 && place.y >= 0 && place.x < pyramid.width && place.y < pyramid.height;
        return isInPhoto && isOwnPlace(x, y, neighbours);
      };
      const see = (view: View) => segmenter.segment(pyramid, frame, view);
      clearCanvas(canvas);
      await paintViews({ canvas, plan, rules, isOwn, see, mostViews });

      const map = toHeadMap(canvas, rules);
      taperHair(map, canvas, rules);
      keepOwnPlaces(map, frame, pyramid, neighbours);
      tidyHead(map, rules, findLandmarks(face, frame));
      const claim = neighbours.length > 0 ? createClaim(pyramid, frame, map, neighbours) : undefined;
      return { frame, map: trimHeadMap(map), claim };
    },
  };
}

interface Looking {
  readonly canvas: HeadCanvas;
  readonly plan: ViewPlan;
  readonly rules: readonly PartRule[];
  readonly isOwn: (x: number, y: number) => boolean;
  readonly see: (view: View) => Promise<ClassMap>;
  readonly mostViews: number;
}

/** Looks at the head from one view after the other, for as long as it goes on past what was seen. */
async function paintViews({ canvas, plan, rules, isOwn, see, mostViews }: Looking): Promise<void> {
  const faithful = Uint8Array.from(rules, (_, id) => id);
  const faceless = Uint8Array.from(rules, ({ ofFace }, id) => (ofFace ? background : id));
  const add = (view: View, map: ClassMap): boolean => {
    if (hairInDoubt(canvas, map, view, rules, isOwn) > view.mostDoubt) return false;
    addView(canvas, map, view, view.isFaceless ? faceless : faithful);
    return true;
  };
  add(plan.close, await see(plan.close));
  const main = await see(plan.main);
  add(plan.main, main);
  const { center, side } = plan.main;
  const touched = touchedSides(main, (u, v) => isOwn(center.x + u * side, center.y + v * side));
  const further = plan.further(touched).slice(0, mostViews - 2);
  for (const view of further) add(view, await see(view));
  const steps = Math.min(mostViews - 2 - further.length, mostBeyond);
  for (let step = 0; step < steps; step++) {
    const place = hairGoingOn(canvas, rules, isOwn);
    if (!place) return;
    const view = plan.beyond(place, step);
    if (!add(view, await see(view))) return;
  }
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

/** Clears what lies beyond the photo, but for the cells along its border, and what lies on other faces. */
function keepOwnPlaces(map: HeadMap, frame: HeadFrame, photo: Pyramid, neighbours: readonly Neighbour[]): void {
  const margin = (borderCells / map.grid.cellsPerWidth) * frame.faceWidth;
  for (let cell = 0; cell < map.likeliest.length; cell++) {
    if (map.likeliest[cell] === background) continue;
    const { x, y } = middleOf(map.grid, cell);
    const place = apply(frame.toPhoto, { x, y });
    const isBeyond =
      Math.min(place.x, place.y) < -margin || place.x > photo.width + margin || place.y > photo.height + margin;
    if (isBeyond || isOnOtherFace(x, y, neighbours)) clearCell(map, cell);
  }
}
