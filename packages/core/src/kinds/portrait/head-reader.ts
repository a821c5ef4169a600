/** Reads one head of a photo: looks at it from several views and joins what they show. */
import type { Face } from './detection/faces.ts';
import { addView, clearCanvas, createHeadCanvas, type HeadCanvas } from './head/head-canvas.ts';
import { createHeadFrame, type HeadFrame, viewsGrid } from './head/head-frame.ts';
import { clearCell, toHeadMap, trimHeadMap, type HeadMap } from './head/head-map.ts';
import { hairInDoubt, findContinuingHair } from './head/long-hair.ts';
import { background, type PartRule } from './head/part-rules.ts';
import type { ClassMap, Segmenter } from './head/segmenter.ts';
import { taperHair } from './head/taper-hair.ts';
import { tidyHead, type Landmarks } from './head/tidy-head.ts';
import { touchedSides, type View, type ViewPlan } from './head/view-plan.ts';
import { createClaim, type PlacedHead } from './people/claim.ts';
import { findNeighbors, isOnOtherFace, isOwnPlace, type Neighbor } from './people/neighbors.ts';
import type { Pyramid } from './sampling/pyramid.ts';
import { apply, invert } from './sampling/similarity.ts';

/** Cells kept beyond the photo's border, so that its outermost pixels lie between cells with known classes. */
const borderCells = 2;
/** The most views that follow long hair. */
const maxBeyondViews = 2;

interface HeadReader {
  /** Reads `face`, one of the photo's `faces`, in at most `maxViews` views, but at least two. */
  read(pyramid: Pyramid, face: Face, faces: readonly Face[], maxViews: number): Promise<PlacedHead>;
}

/** Not safe for concurrent calls: heads share a canvas. */
export function createHeadReader(segmenter: Segmenter, plan: ViewPlan, rules: readonly PartRule[]): HeadReader {
  const canvas = createHeadCanvas(viewsGrid, rules.length);
  return {
    async read(pyramid, face, faces, maxViews) {
      const frame = createHeadFrame(face);
      const neighbors = findNeighbors(face, frame, faces);
      const { a, b, tx, ty } = frame.toPhoto;
      // Not `apply`: this is asked for many cells, and each would make two points.
      const isOwn = (x: number, y: number) => {
        const photoX = a * x - b * y + tx;
        const photoY = b * x + a * y + ty;
        const isInPhoto = photoX >= 0 && photoY >= 0 && photoX < pyramid.width && photoY < pyramid.height;
        return isInPhoto && isOwnPlace(x, y, neighbors);
      };
      const see = (view: View) => segmenter.segment(pyramid, frame, view);
      clearCanvas(canvas);
      await paintViews({ canvas, plan, rules, isOwn, see, maxViews });

      const map = toHeadMap(canvas, rules);
      taperHair(map, canvas, rules);
      keepOwnPlaces(map, frame, pyramid, neighbors);
      tidyHead(map, rules, findLandmarks(face, frame));
      const claim = neighbors.length > 0 ? createClaim(pyramid, frame, map, neighbors) : undefined;
      return { frame, map: trimHeadMap(map), claim };
    },
  };
}

interface HeadViews {
  readonly canvas: HeadCanvas;
  readonly plan: ViewPlan;
  readonly rules: readonly PartRule[];
  readonly isOwn: (x: number, y: number) => boolean;
  readonly see: (view: View) => Promise<ClassMap>;
  readonly maxViews: number;
}

/** Looks at the head from one view after another, as long as it continues past what has been seen. */
async function paintViews({ canvas, plan, rules, isOwn, see, maxViews }: HeadViews): Promise<void> {
  const faithful = Uint8Array.from(rules, (_, id) => id);
  const faceless = Uint8Array.from(rules, ({ ofFace }, id) => (ofFace ? background : id));
  const add = (view: View, map: ClassMap): boolean => {
    if (view.maxDoubt < 1 && hairInDoubt(canvas, map, view, rules, isOwn) > view.maxDoubt) return false;
    addView(canvas, map, view, view.isFaceless ? faceless : faithful);
    return true;
  };
  add(plan.close, await see(plan.close));
  const main = await see(plan.main);
  add(plan.main, main);
  const { center, side } = plan.main;
  const touched = touchedSides(main, (u, v) => isOwn(center.x + u * side, center.y + v * side));
  const further = plan.further(touched).slice(0, maxViews - 2);
  for (const view of further) add(view, await see(view));
  const steps = Math.min(maxViews - 2 - further.length, maxBeyondViews);
  for (let step = 0; step < steps; step++) {
    const place = findContinuingHair(canvas, rules, isOwn);
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

/** Clears what lies beyond the photo, except the cells along its border, and what lies on other faces. */
function keepOwnPlaces(map: HeadMap, frame: HeadFrame, photo: Pyramid, neighbors: readonly Neighbor[]): void {
  const { left, top, columns, rows, cellsPerWidth } = map.grid;
  const { a, b, tx, ty } = frame.toPhoto;
  const margin = (borderCells / cellsPerWidth) * frame.faceWidth;
  for (let i = 0, cell = 0; i < rows; i++) {
    const y = top + (i + 0.5) / cellsPerWidth;
    for (let j = 0; j < columns; j++, cell++) {
      if (map.likeliest[cell] === background) continue;
      const x = left + (j + 0.5) / cellsPerWidth;
      const photoX = a * x - b * y + tx;
      const photoY = b * x + a * y + ty;
      const isBeyond =
        photoX < -margin || photoY < -margin || photoX > photo.width + margin || photoY > photo.height + margin;
      if (isBeyond || isOnOtherFace(x, y, neighbors)) clearCell(map, cell);
    }
  }
}
