import { expect, it } from 'vitest';
import { testLabels } from '../../testing/model/test-manifests.ts';
import { instancePalette, palettes, vocColor } from './palettes.ts';

it('gives the colors of Pascal VOC', () => {
  // From the VOC 2012 development kit: background, aeroplane, bicycle, bird … tv monitor, void; then the last.
  const known: [id: number, color: number[]][] = [
    [0, [0, 0, 0]],
    [1, [128, 0, 0]],
    [2, [0, 128, 0]],
    [3, [128, 128, 0]],
    [4, [0, 0, 128]],
    [8, [64, 0, 0]],
    [15, [192, 128, 128]],
    [20, [0, 64, 128]],
    [255, [224, 224, 192]],
  ];
  for (const [id, color] of known) expect(vocColor(id)).toEqual(color);
});

it('has a color for each id up to the highest label', () => {
  const black = [0, 0, 0];
  expect(palettes.model(testLabels)).toEqual([
    black,
    [200, 0, 0],
    [0, 200, 0],
    black,
    [0, 0, 200],
    black,
    black,
    black,
    black,
    [90, 90, 90],
  ]);
  expect(palettes.cihp(testLabels)[4]).toEqual([170, 0, 51]);
  expect(palettes.voc(testLabels)[4]).toEqual([0, 0, 128]);
});

it('continues with Pascal VOC’s colors where CIHP has none', () => {
  const many = [{ id: 21, name: 'Bag', color: [1, 2, 3] as [number, number, number], role: 'part' as const }];
  expect(palettes.cihp(many).slice(19)).toEqual([[255, 170, 0], vocColor(20), vocColor(21)]);
});

it('has a color for nobody and for each person that fits a byte', () => {
  expect(instancePalette(0)).toEqual([[0, 0, 0]]);
  expect(instancePalette(3)).toHaveLength(4);
  expect(instancePalette(1000)).toHaveLength(256);
});
