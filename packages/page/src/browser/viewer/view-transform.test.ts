import { describe, expect, it } from 'vitest';
import { fitView, isZoomed, panBy, photoPoint, resizeView, viewOfBox, zoomAt } from './view-transform.ts';

const stage = { width: 600, height: 400 };
const photos = [
  { width: 200, height: 300 },
  { width: 500, height: 500 },
  { width: 3000, height: 1000 },
];

describe('view', () => {
  it.each(photos)('fits a photo of $width x $height into the middle', (photo) => {
    const { scale, left, top } = fitView(photo, stage);
    expect(photo.width * scale).toBeLessThanOrEqual(600);
    expect(photo.height * scale).toBeLessThanOrEqual(400);
    expect(left * 2 + photo.width * scale).toBeCloseTo(600);
    expect(top * 2 + photo.height * scale).toBeCloseTo(400);
    expect(left === 0 || top === 0).toBe(true);
  });

  it.each(photos)('finds the same pixel of a photo of $width x $height at every zoom', (photo) => {
    const fit = fitView(photo, stage);
    const at = { x: fit.left + photo.width * fit.scale * 0.4, y: fit.top + photo.height * fit.scale * 0.6 };
    const wanted = photoPoint(fit, at.x, at.y);
    let view = fit;
    for (let step = 0; step < 30; step++) {
      view = zoomAt(view, 1.3, at.x, at.y, photo, stage);
      const { left, top, scale } = view;
      // Until no gap has to be closed, the pixel under the pointer stays; afterwards it is found all the same.
      const found = photoPoint(view, left + wanted.x * scale, top + wanted.y * scale);
      expect(found.x).toBeCloseTo(wanted.x);
      expect(found.y).toBeCloseTo(wanted.y);
    }
    expect(view.scale).toBe(Math.max(8, fit.scale * 8));
    for (let step = 0; step < 40; step++) view = zoomAt(view, 1 / 1.3, 10, 390, photo, stage);
    expect(view).toEqual(fit);
  });

  it('keeps what is under the pointer there', () => {
    const photo = { width: 4000, height: 3000 };
    const close = zoomAt(fitView(photo, stage), 6, 300, 200, photo, stage);
    const before = photoPoint(close, 420, 130);
    const after = photoPoint(zoomAt(close, 1.5, 420, 130, photo, stage), 420, 130);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });

  it('is panned to the edges and no further', () => {
    const photo = { width: 4000, height: 3000 };
    const close = zoomAt(fitView(photo, stage), 10, 300, 200, photo, stage);
    expect(isZoomed(close, photo, stage)).toBe(true);
    expect(panBy(close, 1e6, 1e6, photo, stage)).toMatchObject({ left: 0, top: 0 });
    const end = panBy(close, -1e6, -1e6, photo, stage);
    expect(end.left + 4000 * end.scale).toBeCloseTo(600);
    expect(end.top + 3000 * end.scale).toBeCloseTo(400);
  });

  it('keeps its middle when the stage changes', () => {
    const photo = { width: 4000, height: 3000 };
    const close = panBy(zoomAt(fitView(photo, stage), 4, 300, 200, photo, stage), -300, 120, photo, stage);
    const large = { width: 1200, height: 800 };
    const middle = photoPoint(close, 300, 200);
    const after = photoPoint(resizeView(close, photo, stage, large), 600, 400);
    expect(after.x).toBeCloseTo(middle.x);
    expect(after.y).toBeCloseTo(middle.y);
    expect(resizeView(fitView(photo, stage), photo, stage, large)).toEqual(fitView(photo, large));
  });

  it('brings a small box close and keeps a large one whole', () => {
    const photo = { width: 4000, height: 3000 };
    const near = viewOfBox({ left: 1000, top: 900, right: 1100, bottom: 960 }, photo, stage);
    expect(photoPoint(near, 300, 200)).toEqual({ x: 1050, y: 930 });
    expect(100 * near.scale).toBeGreaterThan(150);
    expect(viewOfBox({ left: 0, top: 0, right: 4000, bottom: 3000 }, photo, stage)).toEqual(fitView(photo, stage));
  });
});
