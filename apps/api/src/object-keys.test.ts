import { describe, expect, test } from 'vitest';
import { assertInputKey, confineOutputPrefix, prefixFault } from './object-keys.ts';

const caller = { inputPrefixes: ['inputs/', 'uploads/'], outputPrefixes: ['results/'] };

describe('input keys', () => {
  test.each([
    'inputs/a.jpg',
    'uploads/2026/11/photo 1.jpg',
    'inputs/ümlaut-写真.png',
    'inputs/100%.jpg',
    'inputs/a%20b.jpg',
    'inputs/...jpg',
    'inputs/a..b/c',
    `inputs/${'x'.repeat(1024 - 'inputs/'.length)}`,
  ])('%j is allowed', (key) => {
    expect(() => assertInputKey(key, caller)).not.toThrow();
  });

  test.each([
    ['outside', 'secret/a.jpg'],
    ['a prefix of a prefix', 'inputsecret/a.jpg'],
    ['other case', 'Inputs/a.jpg'],
    ['empty', ''],
    ['the folder itself', 'inputs/'],
    ['a folder in it', 'inputs/a/'],
    ['absolute', '/inputs/a.jpg'],
    ['parent', 'inputs/../secret/a.jpg'],
    ['parent at the end', 'inputs/..'],
    ['this folder', 'inputs/./a.jpg'],
    ['empty segment', 'inputs//a.jpg'],
    ['only slashes', '//'],
    ['backslash', 'inputs/..\\secret'],
    ['null', 'inputs/a\0.jpg'],
    ['line break', 'inputs/a\n.jpg'],
    ['C1 control', 'inputs/a\u0085.jpg'],
    ['escaped dots', 'inputs/%2e%2E/secret'],
    ['escaped slash', 'inputs/..%2fsecret'],
    ['escaped backslash', 'inputs/..%5Csecret'],
    ['escaped twice', 'inputs/%252e%252e/secret'],
    ['overlong escape', 'inputs/%c0%ae%c0%ae/secret'],
    ['escaped null', 'inputs/a%00.jpg'],
    ['half a surrogate pair', 'inputs/\ud800.jpg'],
    ['1025 bytes', `inputs/${'x'.repeat(1025 - 'inputs/'.length)}`],
    ['1025 bytes in UTF-8 but fewer characters', `inputs/${'ü'.repeat(510)}`],
  ])('%s is denied', (_what, key) => {
    expect(() => assertInputKey(key, caller)).toThrow(expect.objectContaining({ code: 'input_denied' }));
  });

  test('the whole bucket can be allowed, and tricks are still denied', () => {
    const everywhere = { inputPrefixes: [''] };
    expect(() => assertInputKey('anything/at-all.jpg', everywhere)).not.toThrow();
    expect(() => assertInputKey('anything/../at-all.jpg', everywhere)).toThrow();
  });
});

describe('output prefixes', () => {
  test.each([
    ['results/run/', 'results/run/'],
    ['results/run', 'results/run/'],
    ['results/', 'results/'],
    ['results', 'results/'],
  ])('%j becomes %j', (requested, used) => {
    expect(confineOutputPrefix(requested, caller)).toBe(used);
  });

  test.each([
    'inputs/',
    'resultsX/',
    '',
    '/',
    '/results/',
    'results//',
    'results/../inputs/',
    `results/${'x'.repeat(960)}`,
  ])('%j is denied', (requested) => {
    expect(() => confineOutputPrefix(requested, caller)).toThrow(
      expect.objectContaining({ code: 'output_denied' }),
    );
  });
});

test('a configured prefix ends with a slash and is plain', () => {
  expect(prefixFault('inputs/')).toBeUndefined();
  expect(prefixFault('inputs')).toMatch(/slash/);
  expect(prefixFault('inputs/../')).toMatch(/\.\./);
});
