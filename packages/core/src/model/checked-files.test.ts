import { chmod, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDrafts } from '../../testing/model/test-manifests.ts';
import { checkBundle, openBundle, readManifest } from './bundle.ts';
import { type CheckedFile, stateOf } from './checked-files.ts';
import { writeBundle } from './write-bundle.ts';

let parent: string;
let dir: string;
let cacheDir: string;
let weights: string;
let record: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'm2fp-checked-'));
  dir = join(parent, 'tiny');
  cacheDir = join(parent, 'cache');
  weights = join(dir, 'weights.bin');
  record = join(cacheDir, 'checked-files.json');
  await writeBundle(dir, testDrafts['m2fp-single'], async (staging) => {
    await writeFile(join(staging, 'model.onnx'), 'graph');
    await writeFile(join(staging, 'weights.bin'), 'weights');
  });
  // Some time after the bundle was written.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(parent, { recursive: true, force: true });
});

/** As if the changed file had been found to have the manifest's hash: only then may it pass. */
async function pretendChecked(): Promise<void> {
  await writeFile(weights, 'Weights');
  const { files } = await readManifest(dir);
  const checkedFile = async ({ path, sha256 }: (typeof files)[number]): Promise<CheckedFile> => {
    const state = await stateOf(join(dir, path), Date.now() + 60_000);
    return { path: join(dir, path), sha256, state: state ?? 'young' };
  };
  await mkdir(cacheDir);
  await writeFile(record, JSON.stringify(await Promise.all(files.map(checkedFile))), { mode: 0o600 });
}

describe('checkBundle', () => {
  it('stops hashing when it is told to', async () => {
    await expect(checkBundle(dir, cacheDir, AbortSignal.abort())).rejects.toMatchObject({ code: 'canceled' });
    await expect(stat(record)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps which files it has hashed, for the user alone, and hashes a changed one again', async () => {
    const checked = await checkBundle(dir, cacheDir);
    expect(checked.files.map(({ path }) => path)).toEqual([join(dir, 'model.onnx'), weights]);
    expect(JSON.parse(await readFile(record, 'utf8'))).toEqual(expect.arrayContaining([...checked.files]));
    expect((await stat(record)).mode & 0o077).toBe(0);
    expect(await checkBundle(dir, cacheDir)).toEqual(checked);
    await expect(openBundle(dir, checked)).resolves.toBeDefined();
    const { atime, mtime } = await stat(weights);
    await writeFile(weights, 'Weights');
    await utimes(weights, atime, mtime);
    for (const open of [() => checkBundle(dir, cacheDir), () => openBundle(dir, checked)]) {
      await expect(open()).rejects.toMatchObject({ code: 'model_unavailable' });
    }
  });

  it('hashes no file that is on record as it is now', async () => {
    await pretendChecked();
    const checked = await checkBundle(dir, cacheDir);
    await expect(openBundle(dir, checked)).resolves.toBeDefined();
    await expect(openBundle(dir)).rejects.toMatchObject({ code: 'model_unavailable' });
  });

  it('hashes again what has only just been written: it may change without a trace', async () => {
    vi.setSystemTime(Date.now() - 60_000);
    expect(await checkBundle(dir, cacheDir)).toEqual({ files: [] });
    await pretendChecked();
    await expect(checkBundle(dir, cacheDir)).rejects.toMatchObject({ code: 'model_unavailable' });
  });

  it.skipIf(process.platform === 'win32')('does not believe a record that others can write', async () => {
    await pretendChecked();
    await chmod(record, 0o666);
    await expect(checkBundle(dir, cacheDir)).rejects.toMatchObject({ code: 'model_unavailable' });
  });

  it.each(['', '{', '[1]', '[{"path":"/x"}]', ' '.repeat(300_000)])(
    'does without a broken record: %.20j',
    async (text) => {
      await checkBundle(dir, cacheDir);
      await writeFile(record, text);
      expect((await checkBundle(dir, cacheDir)).files).toHaveLength(2);
    },
  );

  it('does without a cache folder that can be written', async () => {
    await writeFile(cacheDir, 'no folder');
    const checked = await checkBundle(dir, cacheDir);
    expect(checked.files).toHaveLength(2);
    expect(await checkBundle(dir, cacheDir)).toEqual(checked);
  });
});
