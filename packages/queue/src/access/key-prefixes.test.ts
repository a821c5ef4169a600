import { describe, expect, test } from 'vitest';
import { prefixesOf, sharedPrefixes } from './key-prefixes.ts';
import type { KeyRecord } from './key-record.ts';

const settings = {
  inputPrefixes: ['inputs/', 'uploads/'],
  uploadPrefix: 'uploads/',
  outputPrefix: 'results/',
  outputPrefixes: ['results/', 'albums/'],
};

const grant = (owner: string, input: string[] | null = null, output: string[] | null = null) => ({
  owner,
  input_prefixes: input,
  output_prefixes: output,
});

test('an owner has a folder under each prefix that the API allows', () => {
  expect(prefixesOf(grant('shop'), settings)).toEqual({
    inputPrefixes: ['inputs/shop/', 'uploads/shop/'],
    outputPrefixes: ['results/shop/', 'albums/shop/'],
    uploadPrefix: 'uploads/shop/',
    defaultOutputPrefix: 'results/shop/',
  });
});

describe('a key with prefixes of its own', () => {
  test.each([
    ['what both allow, and its owner’s uploads', ['inputs/a/', 'secrets/'], ['inputs/a/', 'uploads/shop/']],
    ['only its owner’s uploads, if they allow nothing in common', ['secrets/'], ['uploads/shop/']],
    ['never the folder of everybody’s uploads', ['uploads/', 'uploads/other/'], ['uploads/shop/']],
    ['what the API allows of a wider one', ['in'].map((part) => `${part}puts/`), ['inputs/', 'uploads/shop/']],
  ])('reads %s', (_what, granted, readable) => {
    expect(prefixesOf(grant('shop', granted), settings).inputPrefixes).toEqual(readable);
  });

  test.each([
    ['the owner’s folder, if it may', ['results/'], 'results/shop/'],
    ['its own first prefix otherwise', ['albums/a/', 'results/b/'], 'albums/a/'],
  ])('writes by default to %s', (_where, granted, prefix) => {
    expect(prefixesOf(grant('shop', null, granted), settings).defaultOutputPrefix).toBe(prefix);
  });
});

describe('owners who would meet', () => {
  const record = (owner: string, output: string[] | null = null, revoked: string | null = null): KeyRecord => ({
    ...grant(owner, null, output),
    v: 2,
    id: '0123456789abcdef',
    name: owner,
    secret_sha256: '0'.repeat(64),
    scopes: ['jobs:write'],
    shares: {},
    created_at: '2026-01-02T03:04:05.678Z',
    expires_at: null,
    revoked_at: revoked,
  });
  const meeting = (mine: ReturnType<typeof grant>, ...keys: KeyRecord[]) =>
    sharedPrefixes(mine, keys, settings).map(({ prefix, theirs }) => [prefix, theirs]);

  test('with the default prefixes, and names that begin alike, they do not', () => {
    expect(meeting(grant('shop'), record('shop-2'), record('sh'))).toEqual([]);
  });

  test('one prefix in another, either way around, and for reading too', () => {
    expect(meeting(grant('a', null, ['albums/']), record('b', ['albums/x/']))).toEqual([['albums/', 'albums/x/']]);
    expect(meeting(grant('a', null, ['albums/x/']), record('b', ['albums/']))).toEqual([['albums/x/', 'albums/']]);
    expect(meeting(grant('a', ['inputs/']), record('b'))).toEqual([['inputs/', 'inputs/b/']]);
    expect(meeting(grant('a', null, ['results/b/x/']), record('b'))).toEqual([['results/b/x/', 'results/b/']]);
  });

  test('an owner’s other keys are no strangers', () => {
    expect(meeting(grant('a', null, ['albums/']), record('a', ['albums/']))).toEqual([]);
  });

  test('the folders of an owner whose keys are all revoked stay theirs', () => {
    const revoked = '2026-01-02T03:04:05.678Z';
    expect(meeting(grant('a', null, ['results/b/']), record('b', null, revoked))).toEqual([
      ['results/b/', 'results/b/'],
    ]);
    expect(meeting(grant('a', null, ['albums/']), record('b', ['albums/x/'], revoked))).toEqual([]);
  });
});
