/** The command line as users run it. */
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenDir, runM2fp, samplePhoto, startM2fp } from './support/cli/run-m2fp.ts';
import { photoOfTwo } from './support/portrait/samples.ts';
import { until } from './support/worker/until.ts';

let dir = '';
let people = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-cli-test-'));
  people = join(dir, 'people');
  expect(await runM2fp('model', 'convert', goldenDir('people'), '--out', people)).toMatchObject({ code: 0 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function readFolder(folder: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

describe('m2fp parse', () => {
  test('parses photos with the embedded model', async () => {
    const out = join(dir, 'portrait');
    const photo = join(dir, 'friends.jpg');
    await writeFile(photo, await photoOfTwo());
    const run = await runM2fp('parse', photo, '--out', out, '--outputs', 'masks,overlay');
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/friends\.jpg\s*│\s*2 │.*hair/s);
    expect(await readdir(join(out, 'friends'))).toEqual(['masks.json', 'overlay.jpg']);
    const masks = JSON.parse(await readFile(join(out, 'friends', 'masks.json'), 'utf8')) as { annotations: unknown[] };
    expect(masks.annotations.length).toBeGreaterThan(15);
  });

  test('gives the same bytes again, with the options given', async () => {
    const flags = ['--model', people, '--short-side', '128', '--max-side', '300', '--score-threshold', '0.3'];
    for (const out of ['first', 'second']) {
      expect(await runM2fp('parse', samplePhoto(2), ...flags, '--out', join(dir, out))).toMatchObject({ code: 0 });
    }
    const first = await readFolder(join(dir, 'first', 'sample2'));
    expect(Object.keys(first)).toEqual(['colormap.png', 'instances.png', 'masks.json']);
    expect(await readFolder(join(dir, 'second', 'sample2'))).toEqual(first);
    const { annotations } = JSON.parse(first['masks.json']?.toString() ?? '') as { annotations: { score: number }[] };
    expect(annotations.length).toBeGreaterThan(0);
    expect(annotations.filter(({ score }) => score <= 0.3)).toEqual([]);
  });

  test('reports each photo separately, and exits with 1 if one failed', async () => {
    const folder = await mkdtemp(join(dir, 'photos-'));
    await writeFile(join(folder, 'broken.jpg'), 'not a photo');
    await writeFile(join(folder, 'good.jpg'), await readFile(samplePhoto(1)));
    const out = join(dir, 'mixed');
    const run = await runM2fp('parse', 'missing.jpg', folder, '--model', people, '--out', out, '--json');
    expect(run).toMatchObject({ code: 1, stderr: '' });
    const lines = jsonLines(run.stdout);
    expect(lines).toMatchObject([
      { status: 'failed', error: { code: 'input_not_found' } },
      { photo: join(folder, 'broken.jpg'), status: 'failed', error: { code: 'image_unreadable' } },
      { photo: join(folder, 'good.jpg'), status: 'succeeded', image: { width: 1920, height: 1280 } },
      {
        summary: {
          ...{ photos: 3, parsed: 1, skipped: 0, failed: 2 },
          failed_by_code: { input_not_found: 1, image_unreadable: 1 },
          failures: [{ code: 'input_not_found' }, { photo: join(folder, 'broken.jpg'), code: 'image_unreadable' }],
          annotations: join(out, 'annotations.json'),
        },
      },
    ]);
    expect(await readdir(out)).toEqual(['.m2fp-results', 'annotations.json', 'good', 'good.jpg']);
  });

  test('a photo that fails does not keep its previous results', async () => {
    const photo = join(dir, 'changing.jpg');
    const out = join(dir, 'changing');
    await writeFile(photo, await readFile(samplePhoto(1)));
    expect(await runM2fp('parse', photo, '--model', people, '--out', out)).toMatchObject({ code: 0 });
    await writeFile(photo, '');
    expect(await runM2fp('parse', photo, '--model', people, '--out', out)).toMatchObject({ code: 1 });
    expect(await readdir(join(out, 'changing'))).toEqual([]);
  });

  test('Ctrl-C ends it with 130 after the current photo, whose results are complete', async () => {
    const out = join(dir, 'stopped');
    // More than it can have done before it is told to stop, however late that is.
    const photos = Array.from({ length: 500 }, () => samplePhoto(1));
    const cli = startM2fp(['parse', ...photos, '--model', people, '--out', out]);
    await until(() => cli.output().includes('[1/500]'));
    cli.kill('SIGINT');
    const run = await cli.ended;
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('Stopped by SIGINT');
    expect(run.stdout).toMatch(/^\d+ photos?: \d+ parsed, 0 skipped, 0 failed\.$/m);
    const done = (await readdir(out, { withFileTypes: true })).filter((e) => e.isDirectory()).map(({ name }) => name);
    expect(done.length).toBeLessThan(500);
    for (const folder of done) {
      expect(await readdir(join(out, folder))).toEqual(['colormap.png', 'instances.png', 'masks.json']);
    }
  });

  test('a second Ctrl-C ends it at once, and leaves no half-written file', async () => {
    const out = join(dir, 'stopped-twice');
    const photos = Array.from({ length: 500 }, () => samplePhoto(1));
    const cli = startM2fp(['parse', ...photos, '--model', people, '--out', out]);
    await until(() => cli.output().includes('[1/500]'));
    cli.kill('SIGINT');
    await until(() => cli.output().includes('Ctrl-C again stops at once'));
    cli.kill('SIGINT');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(130);
    // Unless it was between two photos.
    expect(stderr).toMatch(/Stopping(: sample1\S* is finished first, about \d+ s| …) \(Ctrl-C again stops at once\)/);
    expect((await readdir(out, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a photo that is piped in becomes one file that is piped out', async () => {
    const cut = join(dir, 'cut.png');
    const [stdin, stdout] = [await open(samplePhoto(1)), await open(cut, 'w')];
    const args = ['parse', '-', '--model', people, '--outputs', 'cutout', '--out', '-'];
    const { code, stderr } = await startM2fp(args, {}, { stdin: stdin.fd, stdout: stdout.fd }).ended;
    await Promise.all([stdin.close(), stdout.close()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^stdin\.jpg: \d+ pe/) as string });
    expect(await sharp(cut).metadata()).toMatchObject({ format: 'png', width: 1920, height: 1280, channels: 4 });
  });

  // Writing to this device fails as on a full disk.
  test.skipIf(process.platform !== 'linux')('a full disk is one line, wherever it is noticed', async () => {
    const full = await open('/dev/full', 'w');
    const args = ['parse', samplePhoto(1), '--model', people, '--out', join(dir, 'full'), '--json'];
    const { code, stderr } = await startM2fp(args, {}, { stdout: full.fd }).ended;
    await full.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: Standard output cannot be written: the disk is full (ENOSPC).\n',
    });
  });

  test('a missing model is reported in one line', async () => {
    const run = await runM2fp('parse', samplePhoto(1), '--model', join(dir, 'nowhere'), '--out', join(dir, 'none'));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: .*nowhere.*\n$/);
  });
});

describe('m2fp model', () => {
  test('check accepts a converted checkpoint and no other', async () => {
    const passed = await runM2fp('model', 'check', people, '--golden', goldenDir('people'));
    expect(passed).toMatchObject({ code: 0 });
    expect(passed.stdout).toContain('Within the tolerances.');
    const failed = await runM2fp('model', 'check', people, '--golden', goldenDir('edge'), '--json');
    expect(failed).toMatchObject({ code: 1 });
    expect(JSON.parse(failed.stdout)).toMatchObject({ passed: false, cases: [{ passed: false }, { passed: false }] });
  });

  test('inspect describes bundles and checkpoints', async () => {
    const bundle = await runM2fp('model', 'inspect', people);
    expect(bundle).toMatchObject({ code: 0 });
    expect(bundle.stdout).toMatch(
      /kind +m2fp\n[^]*depth 50[^]*20 Human[^]*model\.onnx +\d+ bytes, sha256 [0-9a-f]{64}/,
    );
    const checkpoint = await runM2fp('model', 'inspect', goldenDir('single'), '--json');
    expect(JSON.parse(checkpoint.stdout)).toMatchObject({
      what: 'checkpoint',
      kind: 'm2fp-single',
      problems: [],
      files: [{ path: 'configuration.json' }, { path: 'pytorch_model.pt' }],
    });
  });

  test('synth gives the same bundle for the same seed, marked as synthetic', async () => {
    const bundles = [join(dir, 'one'), join(dir, 'two')];
    for (const out of bundles) {
      expect(await runM2fp('model', 'synth', '--arch', 'tiny', '--seed', '7', '--out', out)).toMatchObject({ code: 0 });
    }
    const [one, two] = await Promise.all(bundles.map(readFolder));
    expect(one).toEqual(two);
    const parsed = await runM2fp('parse', samplePhoto(1), '--model', bundles[0] ?? '', '--out', join(dir, 'random'));
    expect(parsed.stderr).toMatch(/^warning: the weights of \S+ are random: its results are meaningless\.$/m);
  });

  test('import makes a bundle from a network in ONNX, which check, inspect and parse know', async () => {
    const golden = join(goldenDir('people'), '..', 'semantic', 'segformer');
    const out = join(dir, 'segformer');
    const args = ['model', 'import', join(golden, 'network.onnx'), '--preset', 'segformer', '--out', out];
    const run = await runM2fp(...args);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/segformer \(semantic\)[^]*License: NVIDIA [^]*\(NOT for commercial use\)\./);
    const check = await runM2fp('model', 'check', out, '--golden', golden);
    expect(check).toMatchObject({ code: 0 });
    expect(check.stdout).toContain('equal pixels');
    expect((await runM2fp('model', 'inspect', out)).stdout).toMatch(/NOT for commercial use[^]*resize area/);
    const parsed = await runM2fp('parse', samplePhoto(1), '--model', out, '--out', join(dir, 'segmented'), '--json');
    expect(jsonLines(parsed.stdout)[0]).toMatchObject({ status: 'succeeded', people: 1, model: { kind: 'semantic' } });
    const wrong = await runM2fp(...args.map((arg) => (arg === 'segformer' ? 'schp-lip' : arg)));
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^error: .*\[1, 3, 576, 384\].*\[1, 3, 473, 473\].*--size 384x576\.\n$/);
  });

  test('a bundle that is interrupted by Ctrl-C leaves nothing behind', async () => {
    const folder = await mkdtemp(join(dir, 'cut-'));
    const cli = startM2fp(['model', 'synth', '--arch', 'r101', '--out', join(folder, 'bundle')]);
    await until(async () => (await readdir(folder)).length > 0);
    cli.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('convert says what is wrong with a checkpoint and leaves nothing behind', async () => {
    const checkpoint = await mkdtemp(join(dir, 'checkpoint-'));
    await writeFile(
      join(checkpoint, 'configuration.json'),
      await readFile(join(goldenDir('people'), 'configuration.json')),
    );
    await writeFile(join(checkpoint, 'pytorch_model.pt'), 'cut off');
    const out = join(checkpoint, 'bundle');
    const run = await runM2fp('model', 'convert', checkpoint, '--out', out);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: .*pytorch_model\.pt.*\n$/);
    expect(await readdir(checkpoint)).toEqual(['configuration.json', 'pytorch_model.pt']);
  });
});
