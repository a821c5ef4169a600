/** Where the photo is on the stage: the arithmetic of zooming and panning, and its inverse for pointing. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A photo's pixel (x, y) is at `left + x * scale`, `top + y * scale` on the stage, CSS px. */
export interface View {
  /** CSS px per pixel of the photo */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** As far as one can zoom in: this many CSS px per pixel of the photo, or this many times the fitting size. */
const largestScale = 8;
const leastZoomRange = 8;

/** The whole photo, as large as the stage allows, in its middle. */
export function fitView(photo: Size, stage: Size): View {
  const scale = Math.min(stage.width / photo.width, stage.height / photo.height);
  return placed(scale, 0, 0, photo, stage);
}

/** Zooms by a factor so that what is at (x, y) on the stage stays there. */
export function zoomAt(view: View, factor: number, x: number, y: number, photo: Size, stage: Size): View {
  const least = fitView(photo, stage).scale;
  const scale = Math.min(Math.max(view.scale * factor, least), Math.max(largestScale, least * leastZoomRange));
  const ratio = scale / view.scale;
  return placed(scale, x - (x - view.left) * ratio, y - (y - view.top) * ratio, photo, stage);
}

export function panBy(view: View, x: number, y: number, photo: Size, stage: Size): View {
  return placed(view.scale, view.left + x, view.top + y, photo, stage);
}

/** The same middle and the same zoom relative to the fitting size, on a stage of another size. */
export function resizeView(view: View, photo: Size, before: Size, after: Size): View {
  const ratio = fitView(photo, after).scale / fitView(photo, before).scale;
  const x = (before.width / 2 - view.left) * ratio;
  const y = (before.height / 2 - view.top) * ratio;
  return placed(view.scale * ratio, after.width / 2 - x, after.height / 2 - y, photo, after);
}

/** Moves the view the least that brings a box of the photo onto the stage, and zooms in until it can be seen. */
export function viewOfBox(box: { left: number; top: number; right: number; bottom: number }, photo: Size, stage: Size) {
  const [width, height] = [(box.right - box.left) * 1.6, (box.bottom - box.top) * 1.6];
  const fit = fitView(photo, stage).scale;
  const scale = Math.max(fit, Math.min(largestScale, stage.width / width, stage.height / height));
  const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return placed(scale, stage.width / 2 - x * scale, stage.height / 2 - y * scale, photo, stage);
}

/** The photo's point at a place on the stage, px, with fractions; outside of the photo it is outside of its size. */
export function photoPoint(view: View, x: number, y: number): { x: number; y: number } {
  return { x: (x - view.left) / view.scale, y: (y - view.top) / view.scale };
}

export function isZoomed(view: View, photo: Size, stage: Size): boolean {
  return view.scale > fitView(photo, stage).scale * 1.001;
}

/** A photo larger than the stage leaves no gap on it; a smaller one is in its middle. */
function placed(scale: number, left: number, top: number, photo: Size, stage: Size): View {
  return {
    scale,
    left: placedAlong(left, photo.width * scale, stage.width),
    top: placedAlong(top, photo.height * scale, stage.height),
  };
}

function placedAlong(start: number, length: number, room: number): number {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start));
}
