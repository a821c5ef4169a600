import { expect, it } from 'vitest';
import { decodeLiteral } from './python-literal.ts';

it.each([
  ['("mhpv2_parsing_val",)', ['mhpv2_parsing_val']],
  ["('a', 'b')", ['a', 'b']],
  ['(640,)', [640]],
  ['(640)', 640],
  ['()', []],
  ['([384, 512],)', [[384, 512]]],
  ['[1, [2, (3, 4)], ]', [1, [2, [3, 4]]]],
  ['1e-4', 1e-4],
  ['-1_000.5', -1000.5],
  ['.5', 0.5],
  ['True', true],
  ['(False, None)', [false, null]],
  ['"it\\"s"', 'it\\"s'],
])('%s is what Python makes of it', (text, value) => {
  expect(decodeLiteral(text)).toEqual(value);
});

it.each([
  'build_resnet_deeplab_backbone',
  './weights/R-103.pkl',
  '(640',
  '(1, 2))',
  '[1 2]',
  '(,)',
  'true',
  '__import__("os").system("id")',
  '1 + 1',
  '"open',
  '',
  '('.repeat(100) + ')'.repeat(100),
  '1'.repeat(20_000),
])('%s stays text', (text) => {
  expect(decodeLiteral(text)).toBe(text);
});
