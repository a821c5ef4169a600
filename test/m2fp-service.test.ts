/** M2FP bundles, from a checkpoint to the service's results: the same bytes as from the command line. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileName } from '@m2fp/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { goldenDir, runM2fp, samplePhoto } from './support/cli/run-m2fp.ts';
import { startRealService } from './support/real-service.ts';
import { endWorkers } from './support/worker/worker-process.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-service-test-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(endWorkers);

test.each([
  ['people', ['masks', 'colormap', 'instances', 'overlay'], 3],
  ['single', ['masks', 'colormap', 'parse-lip'], 1],
] as const)('golden/%s, converted, gives over HTTP what the command line gives', async (golden, outputs, number) => {
  const bundle = join(dir, golden);
  expect(await runM2fp('model', 'convert', goldenDir(golden), '--out', bundle)).toMatchObject({ code: 0 });
  const out = join(dir, `${golden}-out`);
  const flags = ['--short-side', '256', '--outputs', outputs.join(',')];
  const local = await runM2fp('parse', samplePhoto(number), '--model', bundle, '--out', out, ...flags);
  expect(local).toMatchObject({ code: 0 });

  const api = await startRealService(bundle);
  const photo = new Uint8Array(await readFile(samplePhoto(number)));
  const name = `sample${number}.jpg`;
  const { job } = await api.client.parse(photo, { name, options: { short_side: 256, outputs: [...outputs] } });
  const folder = join(out, `sample${number}`);
  expect(await readdir(folder)).toHaveLength(outputs.length);
  for (const file of job.result.files) {
    const expected = await readFile(join(folder, fileName(file)));
    expect(expected.equals(await api.getObject(file.key)), file.key).toBe(true);
  }
  expect(job.result.files.map(({ output }) => output)).toEqual([...outputs]);
  if (golden !== 'single') return;
  const [colormap, lip] = await Promise.all(
    ['colormap.png', 'parse-lip.png'].map(async (name) => pixelsOf(await readFile(join(folder, name)))),
  );
  expect(colormap?.equals(lip ?? Buffer.of())).toBe(true);
});

/** What follows the palette of an indexed PNG. The same pixels are compressed to the same bytes. */
function pixelsOf(png: Buffer): Buffer {
  const from = png.indexOf('IDAT');
  expect(from).toBeGreaterThan(0);
  return png.subarray(from);
}
