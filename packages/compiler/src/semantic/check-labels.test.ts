import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkBundle, type CaseReport } from '../golden/check-bundle.ts';
import { importNetwork } from './import-network.ts';
import type { PresetName } from './presets.ts';

const goldenDir = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/golden/semantic/${name}`, import.meta.url));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-labels-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function importGolden(preset: PresetName): Promise<string> {
  const out = await mkdtemp(join(dir, 'bundle-'));
  await importNetwork(join(goldenDir(preset), 'network.onnx'), out, { preset, threads: 1 });
  return out;
}

async function check(bundle: string, folder: string): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  for await (const report of checkBundle(bundle, folder, { threads: 1 })) reports.push(report);
  return reports;
}

test.each(['schp-lip', 'segformer'] as const)("%s gives OpenCV's logits and label map", async (preset) => {
  const [report, ...others] = await check(await importGolden(preset), goldenDir(preset));
  expect(others).toEqual([]);
  expect(report).toMatchObject({ what: 'labels', passed: true });
  // The tolerances are for other decoders and resizers; this one rounds as OpenCV does.
  if (report?.what === 'labels') {
    expect(report.logits).toBeLessThan(1e-4);
    expect(report.pixels).toBeGreaterThan(0.9999);
  }
});

test('the golden cases of another network, or none, are refused', async () => {
  const bundle = await importGolden('schp-lip');
  await expect(check(bundle, goldenDir('segformer'))).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/another network: \[(1, )?18, 144, 96\] there, \[1, 20, 119, 119\] here/) as string,
  });
  const broken = join(dir, 'broken');
  await cp(goldenDir('schp-lip'), broken, { recursive: true });
  await expect(check(bundle, broken)).rejects.toMatchObject({
    code: 'input_not_found',
    message: expect.stringContaining('coco_000000000785.jpg') as string,
  });
  await writeFile(join(broken, 'cases.json'), '{"cases": [{"name": "../case0", "image": "a.jpg"}]}');
  await expect(check(bundle, broken)).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a network whose logits differ is beyond the tolerances', async () => {
  const bundle = join(dir, 'wrong');
  await importNetwork(join(goldenDir('schp-lip'), 'network.onnx'), bundle, {
    preset: 'custom',
    contract: await writeContract({ channels: 'rgb' }),
    threads: 1,
  });
  expect(await check(bundle, goldenDir('schp-lip'))).toMatchObject([{ passed: false }]);
});

async function writeContract(input: object): Promise<string> {
  const path = join(dir, 'contract.json');
  const size = { width: 473, height: 473 };
  await writeFile(path, JSON.stringify({ input: { size, fit: 'affine', ...input }, output: { toInput: 'bilinear' } }));
  return path;
}
