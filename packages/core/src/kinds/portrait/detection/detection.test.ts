import { describe, expect, it } from 'vitest';
import type { FloatTensor, Session } from '../../../model/session.ts';
import { createPyramid } from '../sampling/pyramid.ts';
import { apply } from '../sampling/similarity.ts';
import { createDetector, detectorWindows } from './detector.ts';
import { detectorGrids, gridAnchors, intersectionOverUnion, suppressNonMaxima } from './faces.ts';

const settings = { size: 256, scoreThreshold: 0.5, iouThreshold: 0.3 };

describe('anchors', () => {
  it('are 896, at the cells’ centers, row by row', () => {
    const all = detectorGrids.map((grid) => gridAnchors(grid, 256));
    expect(all.map((anchors) => anchors.length)).toEqual([512, 384]);
    expect(all[0]?.slice(0, 3)).toEqual([
      { x: 8, y: 8 },
      { x: 8, y: 8 },
      { x: 24, y: 8 },
    ]);
    expect(all[1]?.[6]).toEqual({ x: 48, y: 16 });
    expect(all[1]?.at(-1)).toEqual({ x: 240, y: 240 });
  });
});

describe('non-maximum suppression', () => {
  const box = (x: number, score: number) => ({ score, center: { x, y: 0 }, width: 10, height: 10 });

  it('measures how much of their area two boxes have in common', () => {
    expect(intersectionOverUnion(box(0, 1), box(0, 1))).toBe(1);
    expect(intersectionOverUnion(box(0, 1), box(5, 1))).toBeCloseTo(1 / 3);
    expect(intersectionOverUnion(box(0, 1), box(10, 1))).toBe(0);
  });

  it('keeps the best of those that overlap, and the earlier of equals', () => {
    const boxes = [box(5, 0.6), box(0, 0.9), box(30, 0.7), box(31, 0.7)];
    expect(suppressNonMaxima(boxes, 0.3)).toEqual([boxes[1], boxes[2]]);
  });
});

describe('the detector’s windows', () => {
  it('are the photo alone and in black if it is small', () => {
    const { photo, parts } = detectorWindows(256, { width: 640, height: 480 });
    expect(photo.map(({ shows }) => shows)).toEqual(['photo', 'photo-in-black']);
    expect(parts).toEqual([]);
    expect(apply(photo[0]?.toPhoto ?? { a: 0, b: 0, tx: 0, ty: 0 }, { x: 0, y: 128 })).toEqual({ x: 0, y: 240 });
  });

  it('cover a large photo with parts that overlap by half, the larger ones first', () => {
    const { parts } = detectorWindows(256, { width: 4000, height: 3000 });
    const squares = parts.map(({ toPhoto }) => ({ ...apply(toPhoto, { x: 0, y: 0 }), side: 256 * toPhoto.a }));
    expect(squares.map(({ side }) => side)).toEqual([...squares.map(({ side }) => side)].sort((a, b) => b - a));
    for (const side of [2000, 1000]) {
      const starts = [...new Set(squares.filter((square) => square.side === side).map(({ x }) => x))].sort(
        (a, b) => a - b,
      );
      expect(starts[0]).toBe(0);
      expect(starts.at(-1)).toBe(4000 - side);
      expect(starts.every((x, i) => i === 0 || x - (starts[i - 1] ?? NaN) <= side / 2)).toBe(true);
    }
  });
});

/** A session that sees the faces that `answer` gives for an image; all of them on the finer grid. */
function fakeSession(answer: (image: FloatTensor) => { anchor: number; logit: number; row: number[] }[]): Session {
  return {
    inputNames: ['image'],
    outputNames: [],
    inputs: [],
    outputs: [],
    run: ({ image }) => {
      const scores = new Float32Array(512).fill(-100);
      const boxes = new Float32Array(512 * 16);
      for (const { anchor, logit, row } of image ? answer(image) : []) {
        scores[anchor] = logit;
        boxes.set(row, anchor * 16);
      }
      return Promise.resolve({
        scores_16: { data: scores, shape: [1, 512, 1] },
        boxes_16: { data: boxes, shape: [1, 512, 16] },
        scores_8: { data: new Float32Array(384).fill(-100), shape: [1, 384, 1] },
        boxes_8: { data: new Float32Array(384 * 16), shape: [1, 384, 16] },
      });
    },
    close: () => Promise.resolve(),
  };
}

const row = [4, -4, 30, 32, -6, -8, 6, -8, 0, 0, 0, 9, -14, 0, 14, 0];

describe('the detector', () => {
  const photo = createPyramid({ data: new Uint8Array(512 * 256 * 3).fill(200), width: 512, height: 256 });

  it('decodes boxes and keypoints from the anchors into the photo’s pixels', async () => {
    let windows = 0;
    const session = fakeSession(() => (windows++ === 0 ? [{ anchor: 2 * (8 * 16 + 8), logit: 2, row }] : []));
    const [face, ...others] = await createDetector(session, settings).detect(photo);
    expect(others).toEqual([]);
    // Anchor (136, 136) of 256 px; the window is 512 px wide and starts 128 px above the photo.
    expect(face).toMatchObject({
      center: { x: 280, y: 136 },
      width: 60,
      height: 64,
      rightEye: { x: 260, y: 128 },
      leftEye: { x: 284, y: 128 },
      nose: { x: 272, y: 144 },
      mouth: { x: 272, y: 162 },
    });
    expect(face?.score).toBeCloseTo(1 / (1 + Math.exp(-2)));
  });

  it('shows the photo in a black letterbox', async () => {
    const seen: number[][] = [];
    const session = fakeSession(({ data }) => {
      seen.push([data[0] ?? NaN, data[128 * 256 + 128] ?? NaN, data[255 * 256] ?? NaN]);
      return [];
    });
    await createDetector(session, settings).detect(photo);
    expect(seen[0]?.map((value) => Math.round((value + 1) * 127.5))).toEqual([0, 200, 0]);
  });

  it('drops scores below the threshold and boxes that overlap a better one', async () => {
    const at = 2 * (8 * 16 + 8);
    const session = fakeSession(() => [
      { anchor: at, logit: 1, row },
      { anchor: at + 1, logit: 3, row },
      { anchor: 0, logit: -0.1, row },
    ]);
    const faces = await createDetector(session, settings).detect(photo);
    expect(faces.map(({ score }) => score)).toEqual([expect.closeTo(1 / (1 + Math.exp(-3)))]);
  });

  it('prefers the window around the photo for a face that is larger than the photo', async () => {
    const wide = [0, 0, 200, 200, -40, -40, 40, -40, 0, 0, 0, 50, 0, 0, 0, 0];
    const answers = [
      [{ anchor: 2 * (8 * 16 + 8), logit: 1, row: wide }],
      [{ anchor: 2 * (8 * 16 + 8), logit: 4, row: wide }],
    ];
    const session = fakeSession(() => answers.shift() ?? []);
    const faces = await createDetector(session, settings).detect(photo);
    expect(faces.map(({ width }) => Math.round(width))).toEqual([Math.round(200 * 2 * 1.6)]);
  });

  it('refuses a network with other outputs', async () => {
    const session: Session = { ...fakeSession(() => []), run: () => Promise.resolve({}) };
    await expect(createDetector(session, settings).detect(photo)).rejects.toThrow('do not match its anchors');
  });
});
