/** `m2fp eval` as users run it. What the figures are is tested in packages/evaluation. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goldenDir, runM2fp, startM2fp } from './support/cli/run-m2fp.ts';
import { until } from './support/worker/until.ts';

const golden = fileURLToPath(new URL('golden/eval', import.meta.url));

let dir = '';
let people = '';
let dataset = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-eval-test-'));
  people = join(dir, 'people');
  expect(await runM2fp('model', 'convert', goldenDir('people'), '--out', people)).toMatchObject({ code: 0 });
  dataset = join(dir, 'set');
  await cp(join(golden, 'Validation'), join(dataset, 'Validation'), { recursive: true });
  await mkdir(join(dataset, 'Validation', 'Images'));
  // The first three photos: as large as their maps, and full of something.
  for (const name of ['0000000', '0000001', '0000002']) {
    const map = join(dataset, 'Validation', 'Category_ids', `${name}.png`);
    const { width = 1, height = 1 } = await sharp(map).metadata();
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const photo = sharp({ create: { width, height, channels: 3, background: '#888', noise } }).png();
    await photo.toFile(join(dataset, 'Validation', 'Images', `${name}.png`));
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const withModel = (...flags: string[]) =>
  runM2fp('eval', '--model', people, '--dataset', dataset, '--short-side', '128', '--label-score', '0', ...flags);

test("predictions on disk have the authors' figures, as JSON and in a table", async () => {
  const flags = ['--predictions', join(golden, 'predictions'), '--dataset', golden];
  const json = await runM2fp('eval', ...flags, '--json');
  expect(json.code).toBe(0);
  const expected = JSON.parse(await readFile(join(golden, 'expected.json'), 'utf8')) as { mIoU: number };
  const found = JSON.parse(json.stdout) as { mIoU: number };
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  expect(found.mIoU).toBeCloseTo(expected.mIoU, 9);
  const table = await runM2fp('eval', ...flags);
  expect(table.stdout).toMatch(/mIoU\s+│\s+34\.14 │/);
  expect(table.stderr).toContain('there are 20 classes');
});

test('a model has the same figures in one go, resumed, and from what it saved', async () => {
  const atOnce = await withModel('--json');
  expect(atOnce).toMatchObject({ code: 0 });
  expect(atOnce.stderr).toContain('7 without a photo in Images');
  const saved = join(dir, 'saved');
  const first = startM2fp(
    ['eval', '--model', people, '--dataset', dataset, '--short-side', '128', '--label-score', '0'].concat([
      '--save-predictions',
      saved,
      '--json',
    ]),
  );
  await until(async () => (await readdir(join(saved, 'parsing', 'info')).catch(() => [])).length > 0);
  first.kill('SIGINT');
  await first.ended;
  const kept = join(saved, 'semantic', '0000000.png');
  await writeFile(
    kept,
    await sharp(await readFile(kept))
      .toColourspace('b-w')
      .png({ compressionLevel: 0 })
      .toBuffer(),
  );
  const before = await readFile(kept);
  const resumed = await withModel('--save-predictions', saved, '--json');
  expect(resumed.stdout).toBe(atOnce.stdout);
  expect(await readFile(kept)).toEqual(before);
  const subset = join(dir, 'subset');
  await cp(dataset, subset, { recursive: true });
  for (const folder of ['Category_ids', 'Human_ids', 'Instance_ids']) {
    for (const file of await readdir(join(subset, 'Validation', folder))) {
      if (file > '0000003') await rm(join(subset, 'Validation', folder, file));
    }
  }
  const fromDisk = await runM2fp('eval', '--predictions', saved, '--dataset', subset, '--json');
  expect(fromDisk.stdout).toBe(atOnce.stdout);
  const other = await withModel('--save-predictions', saved, '--flip');
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('predictions of another model, or made in another way');
});

test('two models are compared, with a picture of each photo that differs; a broken photo is left out', async () => {
  const flipped = await withModel('--flip', '--json');
  expect(flipped).toMatchObject({ code: 0 });
  const broken = join(dataset, 'Validation', 'Images', '0000002.png');
  await writeFile(broken, 'not a photo');
  const edge = join(dir, 'edge');
  expect(await runM2fp('model', 'convert', goldenDir('edge'), '--out', edge)).toMatchObject({ code: 0 });
  const out = join(dir, 'pictures');
  const run = await withModel('--compare', edge, '--out', out, '--json');
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('0000002: not measured');
  const { photos, model, compare } = JSON.parse(run.stdout) as Record<string, { picture?: string; name?: string }[]>;
  expect(photos?.map(({ name }) => name).sort()).toEqual(['0000000', '0000001']);
  expect((await readdir(out)).sort()).toEqual(['0000000.png', '0000001.png']);
  expect([model, compare]).toEqual([
    expect.objectContaining({ name: 'people' }),
    expect.objectContaining({ name: 'edge' }),
  ]);
});

test('a data set of other classes is refused, and so is a command line without a model', async () => {
  const run = await runM2fp('eval', '--model', 'portrait', '--dataset', dataset);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/has class 19, the model has 19 classes \(0 to 18\)/);
  expect(await runM2fp('eval', '--dataset', dataset)).toMatchObject({ code: 2 });
  expect(await runM2fp('eval', '--dataset', dir, '--model', people)).toMatchObject({ code: 1 });
});
