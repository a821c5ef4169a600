/** Head maps drawn as text, for tests: one character per cell. */
import type { Label } from '../../src/model/manifest.ts';
import type { HeadGrid } from '../../src/kinds/portrait/head/head-frame.ts';
import type { HeadMap } from '../../src/kinds/portrait/head/head-map.ts';
import { createPartRules } from '../../src/kinds/portrait/head/part-rules.ts';

const names = ['background', 'skin', 'nose', 'hair', 'cloth', 'l_eye', 'hat'];
const letters = '.snhcet';

const testLabels: Label[] = names.map((name, id) => ({
  id,
  name,
  color: [id, id, id],
  role: id === 0 ? 'background' : 'part',
}));
export const testRules = createPartRules(testLabels);
export const classOf = (letter: string): number => letters.indexOf(letter);

/** A grid around the middle of the face. */
export function testGrid(columns: number, rows: number, cellsPerWidth: number): HeadGrid {
  return { left: -columns / 2 / cellsPerWidth, top: -rows / 2 / cellsPerWidth, columns, rows, cellsPerWidth };
}

/** The drawn class of each cell has 200 of 255; background has the rest, or skin where background is drawn. */
export function drawMap(drawing: readonly string[], cellsPerWidth: number): HeadMap {
  const cells = drawing.join('').split('').map(classOf);
  const grid = testGrid(drawing[0]?.length ?? 0, drawing.length, cellsPerWidth);
  const probabilities = new Uint8Array(cells.length * names.length);
  for (const [cell, value] of cells.entries()) {
    probabilities[cell * names.length + value] = 200;
    probabilities[cell * names.length + (value === 0 ? 1 : 0)] = 55;
  }
  return { grid, classes: names.length, probabilities, likeliest: Uint8Array.from(cells) };
}

export function toDrawing({ grid, likeliest }: HeadMap): string[] {
  const text = Array.from(likeliest, (value) => letters[value] ?? '?').join('');
  return Array.from({ length: grid.rows }, (_, row) => text.slice(row * grid.columns, (row + 1) * grid.columns));
}
