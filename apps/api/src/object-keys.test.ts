import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyFault, prefixFault } from '@m2fp/contract';
import { assertInputKey, confineOutputPrefix } from './object-keys.ts';

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
    expect(() => confineOutputPrefix(requested, caller)).toThrow(expect.objectContaining({ code: 'output_denied' }));
  });
});

test('a configured prefix ends with a slash and is plain', () => {
  expect(prefixFault('inputs/')).toBeUndefined();
  expect(prefixFault('inputs')).toMatch(/slash/);
  expect(prefixFault('inputs/../')).toMatch(/\.\./);
});

describe('any key', () => {
  /** What proxies, file systems and consoles do to keys. */
  const rewrites: Record<string, (key: string) => string> = {
    'percent decoding': (key) =>
      key.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'path normalization': (key) => posix.normalize(key),
    'backslashes as slashes': (key) => key.replaceAll('\\', '/'),
    'an end at a null': (key) => key.split('\0')[0] ?? '',
  };
  const rewrite = fc.constantFrom(...Object.keys(rewrites));
  const pieces = [
    'a',
    'ü',
    '%',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%25',
    '%00',
    '%c0%ae',
    '.',
    '..',
    '/',
    '\\',
    '\0',
    '2e',
    ' ',
  ];
  const trickyKey = fc
    .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 3 })))
    .map((parts) => `inputs/${parts.join('')}`);

  test('that is allowed names something under its prefix, however it is rewritten on its way', () => {
    fc.assert(
      fc.property(trickyKey, fc.array(rewrite, { maxLength: 4 }), (key, steps) => {
        fc.pre(isAllowed(key));
        const rewritten = steps.reduce((text, step) => rewrites[step]?.(text) ?? text, key);
        expect(rewritten.startsWith('inputs/')).toBe(true);
        expect(posix.resolve('/', rewritten).startsWith('/inputs/')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of plain names under an allowed prefix is allowed, and only there', () => {
    const name = fc.stringMatching(/^[\w-]{1,20}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const key = names.join('/');
        expect(isAllowed(`inputs/${key}`)).toBe(true);
        expect(isAllowed(key)).toBe(key.startsWith('inputs/') || key.startsWith('uploads/'));
      }),
    );
  });

  test('that is refused is refused with a sentence, and never otherwise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const fault = keyFault(key);
        if (fault !== undefined) expect(fault).toMatch(/^The key .*\.$/);
        expect(fault === undefined && key.startsWith('inputs/') && !key.endsWith('/')).toBe(isAllowed(key));
      }),
    );
  });

  function isAllowed(key: string): boolean {
    try {
      assertInputKey(key, caller);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'input_denied' });
      return false;
    }
  }
});
