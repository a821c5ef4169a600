import { describe, expect, it } from 'vitest';
import { drawMap, testRules, toDrawing } from '../../../../testing/parsing/head-map.ts';
import { tidyHead } from './tidy-head.ts';

const middle = { x: 0, y: 0 };
const landmarks = { rightEye: middle, leftEye: middle, nose: middle, mouth: middle, middle };

/** Draws on 24x24 cells of a tenth of a face's width; `x` and `y` count from the top left. */
function head(...patches: [x: number, y: number, drawing: string[]][]): string[] {
  const rows = Array.from({ length: 24 }, () => '.'.repeat(24).split(''));
  for (const [x, y, drawing] of patches) {
    for (const [i, line] of drawing.entries()) {
      for (const [j, letter] of line.split('').entries()) {
        const row = rows[y + i];
        if (row) row[x + j] = letter;
      }
    }
  }
  return rows.map((row) => row.join(''));
}

function tidied(drawing: string[]): string[] {
  const map = drawMap(drawing, 10);
  tidyHead(map, testRules, landmarks);
  return toDrawing(map);
}

const block = (letter: string, columns: number, rows: number) =>
  Array.from({ length: rows }, () => letter.repeat(columns));
const face = [8, 8, block('s', 8, 8)] as [number, number, string[]];

describe('tidying a head', () => {
  it('leaves a tidy head unchanged', () => {
    const drawing = head([6, 5, block('h', 12, 12)], face, [11, 11, block('n', 2, 2)], [6, 17, block('c', 12, 4)]);
    expect(tidied(drawing)).toEqual(drawing);
  });

  it('keeps one nose, the one near the nose', () => {
    const drawing = head(face, [11, 11, block('n', 2, 2)], [8, 8, ['n']]);
    expect(tidied(drawing).join('').match(/n/g)).toHaveLength(4);
    const strange = head(face, [15, 15, ['n']]);
    expect(tidied(strange).join('')).not.toContain('n');
  });

  it('fills pinholes and removes specks of cloth', () => {
    const drawing = head(face, [9, 9, ['.']], [10, 16, block('c', 1, 1)]);
    expect(tidied(drawing)).toEqual(head(face));
  });

  it('removes skin that does not reach the middle of the face', () => {
    expect(tidied(head(face, [0, 0, block('s', 4, 4)]))).toEqual(head(face));
  });

  it('removes what is not connected with the face, but bridges small gaps', () => {
    const apart = head(face, [0, 0, block('h', 3, 6)]);
    expect(tidied(apart)).toEqual(head(face));
    const near = head(face, [4, 8, block('h', 3, 6)]);
    expect(tidied(near)).toEqual(near);
  });
});
