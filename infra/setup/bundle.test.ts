import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundle, isCurrent } from './bundle.ts';

const run = promisify(execFile);
const mainOf = (app: string): string => fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.each([
  ['api', ['page.json']],
  ['worker', ['child.js', 'find-bundle.js', 'model-parser.js', 'probe.js']],
  ['dispatcher', []],
])('the %s runs as a bundle without what it never calls, and with what it starts', async (app, beside) => {
  const folder = await temporaryFolder();
  await bundle(mainOf(app), folder);
  const { files } = JSON.parse(await readFile(join(folder, 'inputs.json'), 'utf8')) as { files: object };
  const inputs = Object.keys(files);
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const some = ['packages/contract/src/index.ts', 'packages/contract/package.json', 'infra/setup/bundle.ts'];
  expect(inputs).toEqual(expect.arrayContaining([mainOf(app), ...some.map((path) => join(root, path))]));
  expect(isCurrent(folder)).toBe(true);
  expect(inputs.filter((path) => /node_modules.(luxon|onnxruntime|sharp|@img)/.test(path))).toEqual([]);
  const written = await readdir(folder);
  expect(written).toEqual(expect.arrayContaining(beside));
  expect(written).not.toContain('page-process.js');
  // Otherwise its environment would show secrets.
  expect(await readFile(join(folder, 'main.js'), 'utf8')).toContain('M2FP_STARTED_ANEW');
  for (const file of written) {
    // In twice the memory otherwise.
    if (file.endsWith('.js')) expect(await readFile(join(folder, file), 'utf8')).toMatch(/^[\0-\x7f]*$/);
  }
  // All that is needed at a start has been found, and it says what it lacks.
  const ended = run(process.execPath, [join(folder, 'main.js')], { env: { REDIS_URL: 'none' } });
  await expect(ended).rejects.toThrow('REDIS_URL: must be a URL');
});

async function writePackage(folder: string): Promise<string> {
  const program = join(folder, 'program.ts');
  await Promise.all([
    writeFile(program, `import { limit, word } from './index.ts';\nconsole.log(word(), limit satisfies number);\n`),
    writeFile(join(folder, 'index.ts'), `export { word } from './one.ts';\nexport { limit } from './limit.ts';\n`),
    writeFile(join(folder, 'one.ts'), `export const word = () => 'one';\n`),
    writeFile(join(folder, 'two.ts'), `export const word = () => 'two';\n`),
    writeFile(join(folder, 'limit.ts'), `export const limit = 1;\n`),
    writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', sideEffects: false })),
  ]);
  return program;
}

test.each(['index.ts', 'limit.ts', 'package.json'])('a change of %s makes it stale', async (changed) => {
  const folder = await temporaryFolder();
  const made = join(folder, 'made');
  await bundle(await writePackage(folder), made);
  expect((await run(process.execPath, [join(made, 'main.js')])).stdout).toBe('one 1\n');
  expect(isCurrent(made)).toBe(true);
  await utimes(join(folder, changed), 1, 1);
  expect(isCurrent(made)).toBe(false);
});

test('the page of a bundle is the page of the sources, at any base path', async () => {
  const folder = await temporaryFolder();
  const program = join(folder, 'program.ts');
  const page = fileURLToPath(new URL('../../packages/page/src/assets.ts', import.meta.url));
  await writeFile(
    program,
    `import { readPageAssets } from ${JSON.stringify(page)};
const assets = await readPageAssets({ basePath: '/below' });
console.log(JSON.stringify([...assets].map(([url, { body }]) => [url, Buffer.from(body).toString('base64')])));
`,
  );
  await bundle(program, join(folder, 'made'));
  const sizes = { maxBuffer: 30_000_000 };
  const { stdout } = await run(process.execPath, [join(folder, 'made', 'main.js')], sizes);
  const sources = await run(process.execPath, ['--disable-warning=ExperimentalWarning', program], sizes);
  expect(stdout).toBe(sources.stdout);
  expect(stdout).toContain('"/page/main.js"');
});

test('a module finds the files beside it', async () => {
  const folder = join(await temporaryFolder(), 'a folder, 1 %');
  const program = join(folder, 'source', 'program.ts');
  await mkdir(join(folder, 'source'), { recursive: true });
  await writeFile(join(folder, 'source', 'beside.txt'), 'found');
  await writeFile(
    program,
    `import { readFileSync } from 'node:fs';
const read = (path: string | URL): string => readFileSync(path, 'utf8');
console.log(read(new URL('./beside.txt', import.meta.url)), read(import.meta.dirname + '/beside.txt'));
console.log(import.meta.dirname);
`,
  );
  await bundle(program, join(folder, 'made'));
  const { stdout } = await run(process.execPath, [join(folder, 'made', 'main.js')]);
  expect(stdout).toBe(`found found\n${join(folder, 'source')}\n`);
});
