import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { currentBundle } from './bundle-cache.ts';

const run = promisify(execFile);
const long = new Date(Date.now() - 30 * 24 * 3600 * 1_000);

async function programAndCache(): Promise<{ program: string; cacheDir: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-bundle-cache-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'program.ts');
  await writeFile(program, `import { word } from './word.ts';\nconsole.log(word satisfies string);\n`);
  await writeFile(join(folder, 'word.ts'), `export const word = 'before';\n`);
  return { program, cacheDir: join(folder, 'cache', 'programs') };
}

async function madeOf(program: string, cacheDir: string): Promise<string> {
  const made = await currentBundle(program, cacheDir);
  if (made === undefined) throw new Error('It has no bundle.');
  return made;
}

function watchErrors(): () => string[] {
  const said: string[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  onTestFinished(() => spy.mockRestore());
  return () => said;
}

test('a bundle is made once, and anew when a source has changed', async () => {
  const { program, cacheDir } = await programAndCache();
  const first = await madeOf(program, cacheDir);
  expect((await run(process.execPath, [first])).stdout).toBe('before\n');
  expect(await madeOf(program, cacheDir)).toBe(first);
  await writeFile(join(dirname(program), 'word.ts'), `export const word = 'after';\n`);
  const second = await madeOf(program, cacheDir);
  expect((await run(process.execPath, [second])).stdout).toBe('after\n');
  expect(await readdir(cacheDir)).toHaveLength(2);
});

test('a bundle that is not whole is made again', async () => {
  const { program, cacheDir } = await programAndCache();
  const first = await madeOf(program, cacheDir);
  await truncate(join(dirname(first), 'inputs.json'), 10);
  const second = await madeOf(program, cacheDir);
  await rm(join(dirname(second), 'inputs.json'));
  const third = await madeOf(program, cacheDir);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await madeOf(program, cacheDir)).toBe(third);
});

test('a start counts as use, and the last two bundles stay, however old', async () => {
  const { program, cacheDir } = await programAndCache();
  const made: string[] = [];
  for (const time of [1, 2, 3]) {
    await utimes(program, time, time);
    const folder = dirname(await madeOf(program, cacheDir));
    await utimes(folder, time, time);
    made.push(folder);
  }
  await madeOf(program, cacheDir);
  expect((await stat(made[2] ?? '')).mtimeMs).toBeGreaterThan(long.getTime());
  await utimes(program, 4, 4);
  const last = dirname(await madeOf(program, cacheDir));
  const kept = (await readdir(cacheDir)).map((entry) => join(cacheDir, entry));
  expect(kept.sort()).toEqual([...made.slice(1), last].sort());
});

test('what interrupted builds have left is removed, and what may be under way is not', async () => {
  const { program, cacheDir } = await programAndCache();
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  for (const name of ['unfinished-old', 'unfinished-new']) await mkdir(join(cacheDir, name));
  await utimes(join(cacheDir, 'unfinished-old'), long, long);
  await madeOf(program, cacheDir);
  expect((await readdir(cacheDir)).filter((entry) => entry.startsWith('unfinished'))).toEqual(['unfinished-new']);
});

test.skipIf(process.platform === 'win32')('only the user may write to the folder', async () => {
  const { program, cacheDir } = await programAndCache();
  const errors = watchErrors();
  await madeOf(program, cacheDir);
  expect((await stat(cacheDir)).mode & 0o777).toBe(0o755);
  expect((await stat(dirname(cacheDir))).mode & 0o777).toBe(0o777 & ~process.umask());
  expect(errors()).toEqual([]);

  await chmod(cacheDir, 0o770);
  expect(await currentBundle(program, cacheDir)).toBeUndefined();
  expect(errors()).toEqual([expect.stringMatching(/not as a bundle: others can write to /)]);

  await chmod(cacheDir, 0o755);
  const user = vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
  onTestFinished(() => user.mockRestore());
  expect(await currentBundle(program, cacheDir)).toBeUndefined();
  expect(errors()).toHaveLength(2);
  expect(errors()[1]).toMatch(/belongs to user/);
});

test('what cannot be bundled has none, and runs as it is', async () => {
  const { program, cacheDir } = await programAndCache();
  const errors = watchErrors();
  expect(await currentBundle(join(dirname(program), 'missing.ts'), cacheDir)).toBeUndefined();
  expect(errors()).toHaveLength(1);
  expect(await readdir(cacheDir)).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'nothing in a bundle is for others to write, whatever the umask',
  async () => {
    const { program, cacheDir } = await programAndCache();
    const before = process.umask(0);
    const main = await madeOf(program, cacheDir).finally(() => process.umask(before));
    const folder = dirname(main);
    for (const path of [folder, ...(await readdir(folder)).map((name) => join(folder, name))]) {
      expect((await stat(path)).mode & 0o022).toBe(0);
    }
    expect((await stat(join(folder, 'compiled'))).mode & 0o777).toBe(0o700);
    // One that others could have written is not run.
    await chmod(main, 0o664);
    expect(await madeOf(program, cacheDir)).not.toBe(main);
  },
);
