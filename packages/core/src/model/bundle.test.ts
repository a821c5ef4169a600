import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDrafts } from '../../testing/model/test-manifests.ts';
import { openBundle, readManifest } from './bundle.ts';
import { writeBundle } from './write-bundle.ts';

const draft = testDrafts['m2fp-single'];

let parent: string;
let dir: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'm2fp-bundle-'));
  dir = join(parent, 'models', 'tiny');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function writeTiny(target = dir, weights = 'weights'): Promise<void> {
  await writeBundle(target, draft, async (staging) => {
    await writeFile(join(staging, 'model.onnx'), 'graph');
    await writeFile(join(staging, 'weights.bin'), weights);
  });
}

/** A folder's files by name. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']));
}

/** Names in the folder that holds the bundle: anything but `tiny` was left behind. */
const beside = (): Promise<string[]> => readdir(join(parent, 'models'));

describe('writeBundle', () => {
  it('writes a folder that openBundle accepts', async () => {
    await writeTiny();
    const bundle = await openBundle(dir);
    expect(bundle.manifest.files.map((file) => [file.path, file.bytes])).toEqual([
      ['model.onnx', 5],
      ['weights.bin', 7],
    ]);
    expect(bundle.path('weights.bin')).toBe(join(dir, 'weights.bin'));
    expect(() => bundle.path('other.bin')).toThrow('lists no file "other.bin"');
    expect(await beside()).toEqual(['tiny']);
  });

  it('leaves nothing behind when writing fails', async () => {
    const failed = writeBundle(dir, draft, async (staging) => {
      await writeFile(join(staging, 'model.onnx'), 'half a gr');
      throw new Error('disk full');
    });
    await expect(failed).rejects.toThrow('disk full');
    expect(await beside()).toEqual([]);
  });

  it('keeps the old bundle when writing its successor fails', async () => {
    await writeTiny();
    const before = await contents(dir);
    const failed = writeBundle(dir, { ...draft, version: '4' }, async (staging) => {
      await writeFile(join(staging, 'model.onnx'), 'a newer graph');
      await writeFile(join(staging, 'weights.bin'), 'half of the n');
      throw new Error('disk full');
    });
    await expect(failed).rejects.toThrow('disk full');
    expect(await contents(dir)).toEqual(before);
    expect(await beside()).toEqual(['tiny']);
  });

  it('replaces a bundle with another one, and a damaged one with an intact copy', async () => {
    await writeTiny();
    await writeTiny(dir, 'other weights');
    expect((await openBundle(dir)).manifest.files[1]?.bytes).toBe(13);
    await truncate(join(dir, 'weights.bin'), 2);
    await writeTiny(dir, 'other weights');
    await openBundle(dir);
    expect(await readFile(join(dir, 'weights.bin'), 'utf8')).toBe('other weights');
    expect(await beside()).toEqual(['tiny']);
  });

  it('lets concurrent writers all succeed', async () => {
    await Promise.all(['a', 'b', 'b', 'a', 'c'].map((weights) => writeTiny(dir, weights)));
    await openBundle(dir);
    expect(['a', 'b', 'c']).toContain(await readFile(join(dir, 'weights.bin'), 'utf8'));
    expect(await beside()).toEqual(['tiny']);
  });

  it('leaves a folder alone if it holds anything but a bundle', async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'holiday.jpg'), '');
    await expect(writeTiny()).rejects.toMatchObject({ code: 'conflict' });
    await rm(join(dir, 'holiday.jpg'));
    await writeTiny();
    await writeFile(join(dir, 'holiday.jpg'), '');
    await expect(writeTiny()).rejects.toMatchObject({ code: 'conflict' });
    expect(await readdir(dir)).toContain('holiday.jpg');
  });

  it('removes what a killed process left behind, and not what a running one is writing', async () => {
    await writeTiny();
    const staging = (pid: number): string => `.tiny.staging-${hostname()}-${pid}-00000000`;
    // Process ids end at 2^22 on Linux: no process has this one.
    for (const pid of [2 ** 30, process.pid]) await mkdir(join(parent, 'models', staging(pid)));
    await writeTiny();
    expect(await beside()).toEqual([staging(process.pid), 'tiny']);
  });
});

describe('openBundle', () => {
  beforeEach(() => writeTiny());

  async function refused(why: string): Promise<void> {
    const error: unknown = await openBundle(dir).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'model_unavailable' });
    expect(String(error)).toContain(why);
  }

  it('refuses a file that is cut off', async () => {
    await truncate(join(dir, 'weights.bin'), 3);
    await refused('weights.bin has 3 bytes, not the 7');
  });

  it('refuses a file that was changed without a change in size', async () => {
    await writeFile(join(dir, 'weights.bin'), 'Weights');
    await refused('weights.bin was changed');
  });

  it('refuses a missing file and a missing folder', async () => {
    await rm(join(dir, 'model.onnx'));
    await refused('model.onnx cannot be read');
    await rename(dir, `${dir}-moved`);
    await refused('there is no manifest.json');
  });

  const changes: [string, string, (manifest: Record<string, unknown>) => void][] = [
    ['an unknown kind', 'kind', (manifest) => (manifest['kind'] = 'yolo')],
    ['an unknown key', 'surprise', (manifest) => (manifest['surprise'] = 1)],
    ['a graph that is not listed', 'other.onnx', (manifest) => (manifest['graph'] = 'other.onnx')],
    ['a file twice', 'twice', (manifest) => (manifest['files'] = [manifest['files'], manifest['files']].flat())],
    ['a path that climbs out', 'files', (manifest) => (manifest['files'] = [{ path: '../x', bytes: 0, sha256: '' }])],
    ['a label id twice', 'same id', (manifest) => (manifest['labels'] = [draft.labels, draft.labels].flat())],
  ];
  it.each(changes)('refuses a manifest with %s', async (_name, why, change) => {
    const manifest: Record<string, unknown> = { ...(await readManifest(dir)) };
    change(manifest);
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
    await refused(why);
  });

  it('refuses a manifest that is not JSON', async () => {
    await writeFile(join(dir, 'manifest.json'), '{"v":1');
    await refused('JSON');
  });

  it('refuses a manifest that is nested deeper than anything that reads it goes', async () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    await writeFile(join(dir, 'manifest.json'), `{"v":1,"architecture":{"deep":${deep}}}`);
    await refused('nested more than');
  });
});
