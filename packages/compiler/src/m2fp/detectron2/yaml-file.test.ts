import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadYamlWithBase } from './yaml-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'yaml-file-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

async function load(files: Record<string, string>) {
  await write(files);
  return loadYamlWithBase(join(dir, 'a.yaml'));
}

const valueOf = async (files: Record<string, string>) => (await load(files)).value;

describe('a configuration', () => {
  it('is read as YAML 1.1, with Python’s tuples as lists', async () => {
    const text = 'A: !!python/tuple [1, 2]\nB: yes\nC: off\nD: (640,)\nE:\n  F: [1, "x"] # why\nG: ~\nG: 2\n';
    expect(await valueOf({ 'a.yaml': text })).toEqual({
      A: [1, 2],
      B: true,
      C: false,
      D: '(640,)',
      E: { F: [1, 'x'] },
      G: 2,
    });
  });

  it('goes before its base key by key, in sections of any depth', async () => {
    const { value, files } = await load({
      'a.yaml': '_BASE_: base/b.yaml\nM: {X: {P: 2}, L: [1], S: {}}\n',
      'base/b.yaml': '_BASE_: ../c.yaml\nM: {X: {P: 1, Q: 1}, L: [2, 3], S: {T: 1}}\nN: 1\n',
      'c.yaml': 'N: 0\nO: 0\n',
    });
    expect(value).toEqual({ M: { X: { P: 2, Q: 1 }, L: [1], S: { T: 1 } }, N: 1, O: 0 });
    expect(files).toEqual(['a.yaml', 'base/b.yaml', 'c.yaml'].map((name) => join(dir, name)));
  });

  it('may have several bases, of which later ones go first', async () => {
    const value = await valueOf({
      'a.yaml': '_BASE_: [b.yaml, c.yaml]\n',
      'b.yaml': 'A: 1\nB: 1\n',
      'c.yaml': 'A: 2\n',
    });
    expect(value).toEqual({ A: 2, B: 1 });
  });

  it('may have one base twice, on two ways', async () => {
    const value = await valueOf({
      'a.yaml': '_BASE_: [b.yaml, c.yaml]\n',
      'b.yaml': '_BASE_: d.yaml\n',
      'c.yaml': '_BASE_: d.yaml\nC: 1\n',
      'd.yaml': 'D: 1\n',
    });
    expect(value).toEqual({ C: 1, D: 1 });
  });

  it('finds a base in the user’s home', async () => {
    vi.stubEnv('HOME', join(dir, 'home'));
    expect(await valueOf({ 'a.yaml': '_BASE_: ~/b.yaml\n', 'home/b.yaml': 'A: 1\n' })).toEqual({ A: 1 });
  });

  it('has no key that changes what objects are', async () => {
    const value = await valueOf({ 'a.yaml': '_BASE_: b.yaml\n__proto__: {x: 1}\n', 'b.yaml': '__proto__: {y: 1}\n' });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('a configuration is refused, naming the file', () => {
  const nested = Array.from({ length: 40 }, (_, i) => `${' '.repeat(8 * i)}a:`).join('\n');
  const bombs = ['a: &a [1]', ...'bcd'.split('').map((k, i) => `${k}: &${k} [${`*${'abc'[i]},`.repeat(30)}]`)].join(
    '\n',
  );
  it.each([
    [
      'without its base',
      { 'a.yaml': '_BASE_: b.yaml\n' },
      /b\.yaml does not exist\. .*a\.yaml inherits from it \(_BASE_\)/,
    ],
    ['that inherits from itself', { 'a.yaml': '_BASE_: a.yaml\n' }, /a\.yaml inherits from itself/],
    [
      'in a circle',
      { 'a.yaml': '_BASE_: b.yaml\n', 'b.yaml': '_BASE_: ./a.yaml\n' },
      /inherits from itself: .*a\.yaml → .*b\.yaml → .*a\.yaml/,
    ],
    [
      'with a base elsewhere',
      { 'a.yaml': '_BASE_: https://host/b.yaml\n' },
      /https:\/\/host\/b\.yaml .*is not fetched/,
    ],
    ['with a base that is no name', { 'a.yaml': '_BASE_: {x: 1}\n' }, /_BASE_ is not a file’s name/],
    ['with a folder as its base', { 'a.yaml': '_BASE_: .\n' }, /is not a file/],
    [
      'that makes a section of a value',
      { 'a.yaml': '_BASE_: b.yaml\nM: {X: 1}\n', 'b.yaml': 'M: 1\n' },
      /a section of M/,
    ],
    ['that is a list', { 'a.yaml': '- 1\n' }, /is not a mapping/],
    ['that is nothing', { 'a.yaml': '' }, /is not a mapping/],
    ['that is no YAML', { 'a.yaml': 'a: [1\nb: 2' }, /a\.yaml cannot be read as YAML/],
    ['of two documents', { 'a.yaml': 'a: 1\n---\nb: 2\n' }, /cannot be read as YAML/],
    [
      'that would run something',
      { 'a.yaml': 'a: !!python/object/apply:os.system ["id"]\n' },
      /os\.system.* Nothing was run/,
    ],
    ['that is too large', { 'a.yaml': `a: ${'x'.repeat(2 ** 20)}\n` }, /has \d+ bytes: more than 1048576/],
    ['nested in brackets', { 'a.yaml': '['.repeat(100_000) }, /nested more than 32 levels/],
    ['nested in dashes', { 'a.yaml': `${'- '.repeat(100_000)}x` }, /nested more than 32 levels/],
    ['nested in question marks', { 'a.yaml': '? '.repeat(100_000) }, /nested more than 32 levels/],
    ['nested by its indentation', { 'a.yaml': nested }, /nested more than 32 levels/],
    ['that grows when it is read', { 'a.yaml': bombs }, /resource exhaustion/],
  ])('%s', async (_name, files, message) => {
    const error: unknown = await load(files as Record<string, string>).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable' });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.length).toBeLessThan(1000);
  });

  it('of too many files', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [i === 0 ? 'a.yaml' : `${i}.yaml`, `_BASE_: ${i + 1}.yaml\n`]),
    );
    await expect(load(files)).rejects.toThrow('inherits from more than 16 files');
  });

  it('that is not there', async () => {
    await expect(loadYamlWithBase(join(dir, 'none.yaml'))).rejects.toThrow(`${join(dir, 'none.yaml')} does not exist.`);
  });
});
