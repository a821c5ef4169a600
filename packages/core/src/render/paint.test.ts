import { describe, expect, it } from 'vitest';
import { testLabels } from '../../testing/model/test-manifests.ts';
import { drawMask, parsingOf, showCanvas } from '../../testing/render/draw.ts';
import type { ParsedMask } from '../parsing/types.ts';
import { countPixels, paintColormap, paintInstances, rankLayers } from './paint.ts';

const layer = (classId: number, score: number, row: string, personId = 1): ParsedMask => ({
  classId,
  score,
  mask: drawMask(row),
  personId,
});

function colormap(layers: readonly ParsedMask[], scoreStep = 0.05): string {
  const canvas = paintColormap(parsingOf(layers), testLabels, scoreStep);
  return showCanvas(canvas, canvas.length).join();
}

function instances(layers: readonly ParsedMask[]): number[] {
  return [...paintInstances(parsingOf(layers), testLabels, 0.05)];
}

describe('paintColormap', () => {
  it('gives a pixel to the mask with the highest score', () => {
    expect(colormap([layer(1, 0.5, '####..'), layer(2, 0.9, '..###.')])).toBe('112220');
    expect(colormap([layer(1, 0.9, '####..'), layer(2, 0.5, '..###.')])).toBe('111120');
  });

  it('prefers the smaller mask if scores round to the same step', () => {
    const layers = [layer(1, 0.91, '######'), layer(2, 0.89, '..##..')];
    expect(colormap(layers)).toBe('112211');
    expect(colormap(layers, 0)).toBe('111111');
    expect(colormap(layers, 0.01)).toBe('111111');
  });

  it('prefers the lower class id among masks of one size', () => {
    expect(colormap([layer(4, 0.9, '###...'), layer(2, 0.9, '.###..')])).toBe('422200');
  });

  it('leaves pixels that background wins to the background', () => {
    expect(colormap([layer(0, 0.9, '..####'), layer(1, 0.5, '####..')])).toBe('110000');
    expect(colormap([layer(0, 0.5, '..####'), layer(1, 0.9, '####..')])).toBe('111100');
  });

  it('does not paint whole people', () => {
    expect(colormap([layer(9, 0.9, '######'), layer(1, 0.2, '.#....')])).toBe('010000');
  });

  it('puts every row in its place', () => {
    const mask = drawMask('....', '.##.', '#..#');
    const parsing = parsingOf([{ classId: 4, score: 1, mask, personId: 1 }]);
    expect(showCanvas(paintColormap(parsing, testLabels, 0.05), 4)).toEqual(['0000', '0440', '4004']);
  });
});

describe('rankLayers', () => {
  it('keeps indistinguishable masks in their order', () => {
    const layers = [layer(1, 0.9, '##..', 1), layer(1, 0.9, '..##', 2), layer(1, 0.9, '.##.', 3)];
    expect(rankLayers(layers, 0.05).map(({ personId }) => personId)).toEqual([1, 2, 3]);
  });
});

describe('paintInstances', () => {
  it('uses whole people if there are any, the surest on top', () => {
    const people = [layer(9, 0.9, '####..', 1), layer(9, 0.91, '..###.', 2)];
    expect(instances([...people, layer(1, 1, '######', 1)])).toEqual([1, 1, 2, 2, 2, 0]);
  });

  it('uses the parts in the order of the label map if there are none', () => {
    expect(instances([layer(1, 0.5, '####..', 1), layer(2, 0.9, '..###.', 2)])).toEqual([1, 1, 2, 2, 2, 0]);
    expect(instances([layer(0, 0.9, '..####', 0), layer(1, 0.5, '####..', 1)])).toEqual([1, 1, 0, 0, 0, 0]);
  });

  it('leaves out people whose id does not fit a byte', () => {
    expect(instances([layer(1, 0.5, '##..', 255), layer(1, 0.5, '..##', 256)])).toEqual([255, 255, 0, 0]);
  });
});

describe('countPixels', () => {
  it('counts each value, in flat areas and between them, wherever the canvas lies in memory', () => {
    const canvas = Uint8Array.of(9, 0, 0, 0, 0, 7, 7, 7, 7, 1, 7, 255, 255, 7);
    for (const view of [canvas, canvas.subarray(1)]) {
      const counts = countPixels(view);
      expect([0, 1, 7, 255].map((value) => counts[value])).toEqual([4, 1, 6, 2]);
    }
  });
});
