/** `m2fp model quantize` as users run it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenDir, runM2fp, startM2fp } from './support/cli/run-m2fp.ts';
import { photoOfHeads, readSample } from './support/portrait/samples.ts';
import { until } from './support/worker/until.ts';

interface Report {
  bundle: string;
  weightBits: number;
  photos: number;
  isGoalReached: boolean;
  agreement: { pixels: number; meanIou: number };
  layers: { name: string; result: string; how: string; error?: number }[];
}

let dir = '';
let people = '';
/** A few people, small. */
let photo = '';
/** No quality goal: the tiny network's weights are random, and its classes nearly tie. */
const anyQuality = ['--least-iou', '0', '--least-pixels', '0'];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-quantize-test-'));
  people = join(dir, 'people');
  photo = join(dir, 'photo.jpg');
  await writeFile(
    photo,
    await sharp(await readSample('sample1.jpg'))
      .resize(480)
      .jpeg()
      .toBuffer(),
  );
  expect(await runM2fp('model', 'convert', goldenDir('people'), '--out', people)).toMatchObject({ code: 0 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function quantize(model: string, photos: string, out: string, ...flags: string[]) {
  return runM2fp('model', 'quantize', model, '--calibrate', photos, '--out', out, ...flags);
}

describe('m2fp model quantize', () => {
  let int8 = '';
  beforeAll(async () => {
    int8 = join(dir, 'people8');
    const run = await quantize(people, photo, int8, ...anyQuality, '--report', join(dir, 'report.md'));
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/people8: .*-int8, [\d.]+ MB[^]*layers are int8.*1 photo.*mean IoU/);
  });

  test('makes a bundle that inspect describes, including everything that was done', async () => {
    const { code, stdout } = await runM2fp('model', 'inspect', int8, '--json');
    expect(code).toBe(0);
    const manifest = JSON.parse(stdout) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      kind: 'm2fp',
      dtype: 'int8',
      quantization: {
        activations: 'u8, a range a tensor',
        weights: expect.stringMatching(/^s8 of [78] bits, a scale a channel$/) as string,
        calibration: { photos: 1, inputs: 1 },
        ranges: { fixed: expect.any(Number) as number },
        agreement: { pixels: expect.any(Number) as number },
      },
    });
    const { int8Layers } = manifest['quantization'] as { int8Layers: number };
    expect(int8Layers).toBeGreaterThan(20);
    expect((await runM2fp('model', 'inspect', int8)).stdout).toMatch(/weights +int8\n[^]*quantization +from name/);
  });

  test('makes a bundle that parses photos', async () => {
    const out = join(dir, 'parsed');
    const flags = ['--model', int8, '--short-side', '128', '--out', out];
    expect(await runM2fp('parse', photo, ...flags)).toMatchObject({ code: 0 });
    expect(await readdir(join(out, 'photo'))).toEqual(['colormap.png', 'instances.png', 'masks.json']);
  });

  test('gives the same bytes again, and the report as JSON', async () => {
    const [again, report] = [join(dir, 'again'), join(dir, 'reports', 'people.json')];
    expect(await quantize(people, photo, again, ...anyQuality, '--report', report)).toMatchObject({ code: 0 });
    const names = (await readdir(int8)).sort();
    expect((await readdir(again)).sort()).toEqual(names);
    for (const name of names) {
      expect((await readFile(join(again, name))).equals(await readFile(join(int8, name))), name).toBe(true);
    }
    const { layers, photos, weightBits } = JSON.parse(await readFile(report, 'utf8')) as Report;
    expect(photos).toBe(1);
    const markdown = await readFile(join(dir, 'report.md'), 'utf8');
    expect(markdown).toContain(`Weights of ${weightBits} bits`);
    for (const { name, result } of layers) {
      expect(
        markdown.split('\n').filter((line) => line.startsWith(`| ${name} | `) && line.includes(result)),
      ).toHaveLength(1);
    }
  });

  test('refuses a bundle that is already int8', async () => {
    const run = await quantize(int8, photo, join(dir, 'twice'));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: .*people8 is not float32: it is int8\.\n$/);
  });

  test('refuses to overwrite anything but a bundle, before it starts', async () => {
    const out = await mkdtemp(join(dir, 'own-'));
    await writeFile(join(out, 'letter.txt'), 'mine');
    const run = await quantize(people, photo, out);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    // No progress comes first.
    expect(run.stderr).toMatch(/^error: .*holds something other than a model bundle.*\n$/);
    expect(await readdir(out)).toEqual(['letter.txt']);
  });

  test('reports files that are not photos', async () => {
    const broken = join(dir, 'broken.jpg');
    await writeFile(broken, 'not a photo');
    const unreadable = await quantize(people, broken, join(dir, 'none'));
    expect(unreadable).toMatchObject({ code: 1, stdout: '' });
    expect(unreadable.stderr).toMatch(/error: .*broken\.jpg.*\n$/);
    const missing = await quantize(people, join(dir, 'nowhere'), join(dir, 'none'));
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^error: .*nowhere.*\n$/);
    expect(await readdir(dir)).not.toContain('none');
  });

  test('stopped by Ctrl-C, it leaves nothing behind', async () => {
    const folder = await mkdtemp(join(dir, 'cut-'));
    const args = ['model', 'quantize', people, '--calibrate', photo, '--out', join(folder, 'bundle')];
    const cli = startM2fp(args, { TMPDIR: folder });
    await until(() => cli.output().includes('measuring'));
    cli.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('portrait in 8 bits', () => {
  test('sees what it sees in float32: a mean IoU of at least 0.97 and at least 99 % of the pixels', async () => {
    const head = join(dir, 'head.jpg');
    await writeFile(head, await photoOfHeads('sample3.jpg'));
    const run = await quantize('portrait', head, join(dir, 'portrait8'), '--max-inputs', '1', '--json');
    expect(run).toMatchObject({ code: 0 });
    const { manifest, report } = JSON.parse(run.stdout) as { manifest: { dtype: string }; report: Report };
    expect(manifest.dtype).toBe('int8');
    expect(report.isGoalReached).toBe(true);
    expect(report.agreement.meanIou).toBeGreaterThanOrEqual(0.97);
    expect(report.agreement.pixels).toBeGreaterThanOrEqual(0.99);
    expect(report.layers.some(({ result }) => result === 'int8')).toBe(true);
  });

  test('cannot be calibrated on photos without people', async () => {
    const blank = join(dir, 'blank.png');
    const color = { width: 64, height: 64, channels: 3, background: '#888' } as const;
    await writeFile(blank, await sharp({ create: color }).png().toBuffer());
    const run = await quantize('portrait', blank, join(dir, 'nobody'));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/error: The photos give the network nothing to see: photos of people are needed\.\n$/);
    expect(await readdir(dir)).not.toContain('nobody');
  });
});
