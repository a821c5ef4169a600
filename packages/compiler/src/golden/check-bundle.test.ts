import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import type { TensorSource } from '../checkpoint/tensor-source.ts';
import { parseConfiguration } from '../m2fp/configuration.ts';
import { convertM2fp } from '../m2fp/convert.ts';
import { type CaseReport, checkBundle } from './check-bundle.ts';

type Change = (name: string, values: Float32Array) => Float32Array;
const asItIs: Change = (_, values) => values;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-check-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function goldenDir(folder: string): string {
  return fileURLToPath(new URL(`../../../../test/golden/${folder}`, import.meta.url));
}

/** A bundle of a golden checkpoint, with its tensors changed on the way. */
async function convert(folder: string, change: Change = asItIs): Promise<string> {
  const checkpoint = await openCheckpoint(goldenDir(folder));
  const source: TensorSource = {
    ...checkpoint.source,
    read: async (name) => change(name, await checkpoint.source.read(name)),
  };
  const outDir = await mkdtemp(join(dir, 'bundle-'));
  await convertM2fp(source, parseConfiguration(checkpoint.configuration), outDir, { name: folder });
  await checkpoint.close();
  return outDir;
}

async function check(bundleDir: string, folder: string): Promise<CaseReport[]> {
  return collect(checkBundle(bundleDir, goldenDir(folder), { threads: 1 }));
}

async function collect(reports: AsyncIterable<CaseReport>): Promise<CaseReport[]> {
  const all: CaseReport[] = [];
  for await (const report of reports) all.push(report);
  return all;
}

describe('a converted golden checkpoint', () => {
  test.each(['people', 'edge', 'single'])('%s is within the tolerances', async (folder) => {
    const reports = await check(await convert(folder), folder);
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.filter(({ passed }) => !passed)).toEqual([]);
  });

  test('with one weight of one layer changed is not', async () => {
    const changed = 'sem_seg_head.predictor.transformer_ffn_layers.1.linear1.weight';
    const bundle = await convert('people', (name, values) => {
      if (name === changed) values[0] = (values[0] ?? 0) + 1;
      return values;
    });
    expect((await check(bundle, 'people')).map(({ passed }) => passed)).toEqual([false, false]);
  });

  test('with two levels swapped is not', async () => {
    const bundle = await convert('people', (name, values) => {
      if (!name.endsWith('transformer.level_embed')) return values;
      const width = values.length / 3;
      return Float32Array.of(
        ...values.subarray(width, 2 * width),
        ...values.subarray(0, width),
        ...values.subarray(2 * width),
      );
    });
    expect((await check(bundle, 'people')).map(({ passed }) => passed)).toEqual([false, false]);
  });
});

describe('refused with invalid_request', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = await convert('people');
  });

  test('golden cases of another network', async () => {
    await expect(check(bundle, 'single')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('another network') as string,
    });
  });

  test('a folder without golden cases, or with a broken list of them', async () => {
    const broken = join(dir, 'broken');
    const run = () => collect(checkBundle(bundle, broken, { threads: 1 }));
    await expect(run()).rejects.toMatchObject({ code: 'invalid_request' });
    await cp(goldenDir('people'), broken, { recursive: true });
    await writeFile(join(broken, 'cases.json'), '{"cases": [{"name": "../case0"}]}');
    await expect(run()).rejects.toMatchObject({ code: 'invalid_request' });
    await writeFile(join(broken, 'cases.json'), 'no json');
    await expect(run()).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
