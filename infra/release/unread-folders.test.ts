import { expect, test } from 'vitest';
import { isNamedIn, unreadFolders, type InstalledManifest } from './unread-folders.ts';

const of = (manifest: InstalledManifest, ...entries: string[]) => [...unreadFolders(manifest, entries)].sort();

test('tests, examples and documentation are for readers, unless they are the code', () => {
  expect(of({ main: 'lib/index.js' }, 'lib', 'test', 'docs', 'examples')).toEqual(['docs', 'examples', 'test']);
  expect(of({ main: 'docs/index.js' }, 'docs', 'test')).toEqual(['test']);
});

test('what only bundlers read goes', () => {
  const manifest = { main: './dist-cjs/index.js', module: './dist-es/index.js' };
  expect(of(manifest, 'dist-cjs', 'dist-es', 'dist-types')).toEqual(['dist-es', 'dist-types']);
  expect(of({ main: 'build/src/index.js', module: 'build/esm/index.js' }, 'build')).toEqual([]);
});

test('what Node reaches by exports stays, in either way of importing', () => {
  const exports = {
    '.': {
      types: './types/index.d.ts',
      browser: './es/browser.js',
      import: './esm/index.js',
      require: './lib/index.js',
    },
    './sub': { node: './src/sub.js', import: './umd/sub.js' },
  };
  expect(of({ exports, module: './esm/index.js' }, 'esm', 'lib', 'src', 'types', 'umd', 'es')).toEqual([
    'es',
    'types',
    'umd',
  ]);
});

test('without a main file, what looks unread may be all there is', () => {
  expect(of({}, 'src')).toEqual([]);
});

test.each([
  "module.exports = require('./src/table');",
  "import '../../src/index.js';",
  'require("../src")',
  "fs.readFileSync(path.join(__dirname, '..', 'src', 'data.json'))",
  'resolve(folder, `src/${name}`)',
])('a folder that other code names stays: %s', (code) => {
  expect(isNamedIn(code, 'src')).toBe(true);
});

test.each(["require('./srcset')", "require('./lib/src/x')", "const src = 'src';", "require('src')"])(
  'a word is not a folder: %s',
  (code) => {
    expect(isNamedIn(code, 'src')).toBe(false);
  },
);
