import { expect, test } from 'vitest';
import { labelTitle } from './label-titles.ts';

test.each([
  ['l_brow', 'left eyebrow'],
  ['r_ear', 'right ear'],
  ['ear_r', 'earring'],
  ['l_lip', 'lower lip'],
  ['eye_g', 'glasses'],
  ['Upper-clothes', 'upper clothes'],
  ['UpperClothes', 'upper clothes'],
  ['Left-highheel', 'left high heel'],
  ['Cap/Hat', 'cap/hat'],
  ['Torso-skin', 'torso skin'],
  ['Human', 'whole person'],
  ['face', 'face'],
  ['--', '--'],
])('the class %s is called %s', (name, title) => {
  expect(labelTitle(name)).toBe(title);
});
