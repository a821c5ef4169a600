import { expect, test } from 'vitest';
import { commonPrefixes } from './key-record.ts';

test.each([
  [['inputs/', 'uploads/'], null, ['inputs/', 'uploads/']],
  [['inputs/'], ['inputs/a/'], ['inputs/a/']],
  [[''], ['tenant/'], ['tenant/']],
  [['inputs/a/', 'other/'], ['inputs/'], ['inputs/a/']],
  [['inputs/'], ['inputs/'], ['inputs/']],
  [['inputs/'], ['elsewhere/'], []],
])('of %j and a key for %j both allow %j', (allowed, granted, both) => {
  expect(commonPrefixes(allowed, granted)).toEqual(both);
});
