import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { putOn, stagePackage, takeOff } from './stage.ts';
import { readPackage, repository } from './workspace.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'm2fp-stage-'));
  folders.push(folder);
  return folder;
}

/** A package as the repository has them, with what its build has to get right. */
function createPackage(sources: Record<string, string>, files = ['dist']): string {
  const folder = temporaryFolder();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const base = join(repository, 'tsconfig.base.json');
  write('tsconfig.json', JSON.stringify({ extends: base, compilerOptions: { types: [] }, include: ['src'] }));
  const manifest = {
    ...{ name: '@m2fp/sample', version: '1.2.3', private: true, type: 'module', engines: { node: '>=22.12' } },
    exports: { '.': './src/index.ts', './inside': './src/inside/only-here.ts', './testing': './testing/index.ts' },
    ...{ files, scripts: { prepack: 'x' }, devDependencies: { vitest: '1' }, dependencies: { zod: '4' } },
  };
  write('package.json', JSON.stringify(manifest));
  for (const [path, text] of Object.entries(sources)) write(path, text);
  return folder;
}

const sources = {
  'src/index.ts': [
    "import { answer } from './part.ts';",
    'declare global {',
    '  interface ImportMeta { readonly url: string }',
    '  var URL: new (name: string, base: string) => { readonly href: string };',
    '}',
    'export const child = new URL("./child.ts", import.meta.url).href;',
    "export const load = async () => (await import('./part.ts')).answer;",
    'export const same: number = answer;',
    "export const type = (): import('./types.ts').Named => ({ name: 'x' });",
  ].join('\n'),
  'src/part.ts': 'export const answer: number = 42;\n',
  'src/child.ts': 'export {};\nconst started = true;\nvoid started;\n',
  'src/types.ts': 'export interface Named {\n  readonly name: string;\n}\n',
  'src/data.json': '{}',
  'src/part.test.ts': "throw new Error('a test');\n",
  'src/inside/only-here.ts': 'export const secret = 1;\n',
  'testing/index.ts': 'export const helper = 1;\n',
};

describe('a package in its published form', () => {
  it('is JavaScript, types and maps, without tests and without what is for the repository alone', async () => {
    const target = temporaryFolder();
    await stagePackage(readPackage(createPackage(sources, ['dist', '!dist/inside'])), target);
    const js = ['child', 'index', 'part'].flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]);
    // A module of types has no map: it would be the source and nothing else.
    const dist = [...js, 'data.json', 'types.d.ts', 'types.js'].map((path) => join('dist', path));
    const found = globSync('**/*.*', { cwd: target }).sort();
    expect(found).toEqual([...dist, 'package.json'].sort());
    expect(readFileSync(join(target, 'LICENSE'), 'utf8')).toContain('MIT');
    expect(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))).toEqual({
      ...{ name: '@m2fp/sample', version: '1.2.3', type: 'module', engines: { node: '>=22.12' } },
      ...{ files: ['dist'], dependencies: { zod: '4' }, types: './dist/index.d.ts' },
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './package.json': './package.json',
      },
    });
  });

  it('names built files wherever the sources name sources, and runs', async () => {
    const target = temporaryFolder();
    await stagePackage(readPackage(createPackage(sources)), target);
    const read = (name: string): string => readFileSync(join(target, 'dist', name), 'utf8');
    for (const name of ['index.js', 'index.d.ts']) expect(read(name)).not.toMatch(/\.ts['"]/);
    expect(JSON.parse(read('index.js.map'))).toMatchObject({ sources: ['../src/index.ts'] });
    expect(read('index.js.map')).not.toContain(repository);
    const built = (await import(pathToFileURL(join(target, 'dist', 'index.js')).href)) as {
      child: string;
      load: () => Promise<number>;
    };
    expect(built.child).toBe(pathToFileURL(join(target, 'dist', 'child.js')).href);
    await expect(built.load()).resolves.toBe(42);
  });

  it('is refused if it names a file that would not be in it', async () => {
    const outside = {
      ...sources,
      'src/child.ts': "export const helper = new URL('../testing/index.ts', import.meta.url);",
    };
    await expect(stagePackage(readPackage(createPackage(outside)), temporaryFolder())).rejects.toThrow(
      /child\.ts names \.\.\/testing\/index\.ts/,
    );
  });

  it('is refused if it imports what is for the repository alone', async () => {
    const inside = { ...sources, 'src/child.ts': "export * from './inside/only-here.ts';\n" };
    const folder = createPackage(inside, ['dist', '!dist/inside']);
    await expect(stagePackage(readPackage(folder), temporaryFolder())).rejects.toThrow(/child\.ts names .*only-here/);
  });

  it('is refused if it does not compile', async () => {
    const wrong = { ...sources, 'src/part.ts': "export const answer: number = 'forty-two';\n" };
    await expect(stagePackage(readPackage(createPackage(wrong)), temporaryFolder())).rejects.toThrow(
      /part\.ts.*TS2322/,
    );
  });
});

describe('npm pack in the package’s folder', () => {
  it('leaves the folder as it was, even after one that was killed', async () => {
    const folder = createPackage(sources);
    const before = readFileSync(join(folder, 'package.json'), 'utf8');
    await putOn(folder);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toContain('./dist/index.js');
    // The first one never got to its end.
    await putOn(folder);
    await takeOff(folder);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(before);
    expect(['dist', 'LICENSE'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
  });
});
