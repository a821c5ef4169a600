import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundle, currentBundle } from './bundle.ts';

const run = promisify(execFile);
const mainOf = (app: string): string => fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.each(['api', 'worker', 'dispatcher'])('the %s runs as a bundle without what it never calls', async (app) => {
  const folder = await temporaryFolder();
  await bundle(mainOf(app), folder);
  const inputs = Object.keys(JSON.parse(await readFile(join(folder, 'inputs.json'), 'utf8')) as object);
  expect(inputs).toContain(mainOf(app));
  expect(inputs.filter((path) => /node_modules.(luxon|onnxruntime|sharp|@img)/.test(path))).toEqual([]);
  for (const file of await readdir(folder)) {
    // In twice the memory otherwise.
    if (file.endsWith('.js')) expect(await readFile(join(folder, file), 'utf8')).toMatch(/^[\0-\x7f]*$/);
  }
  // All that is needed at a start has been found, and it says what it lacks.
  const ended = run(process.execPath, [join(folder, 'main.js')], { env: { REDIS_URL: 'none' } });
  await expect(ended).rejects.toThrow('REDIS_URL: must be a URL');
});

test('a bundle is made once, and anew when a source has changed', async () => {
  const folder = await temporaryFolder();
  const program = join(folder, 'program.ts');
  const beside = join(folder, 'beside.txt');
  await writeFile(beside, 'found');
  const read = `readFileSync(new URL('./beside.txt', import.meta.url), 'utf8')`;
  await writeFile(program, `import { readFileSync } from 'node:fs';\nconsole.log(${read} satisfies string);\n`);
  const cacheDir = join(folder, 'cache');
  const first = (await currentBundle(program, cacheDir)) ?? '';
  expect((await run(process.execPath, [first])).stdout).toBe('found\n');
  expect(await currentBundle(program, cacheDir)).toBe(first);
  await utimes(program, 1, 1);
  const second = await currentBundle(program, cacheDir);
  expect(second).toMatch(/main\.js$/);
  expect(second).not.toBe(first);
});

test('what cannot be bundled has none, and runs as it is', async () => {
  const folder = await temporaryFolder();
  expect(await currentBundle(join(folder, 'missing.ts'), join(folder, 'cache'))).toBeUndefined();
});
