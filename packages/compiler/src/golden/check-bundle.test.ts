import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import type { TensorSource } from '../checkpoint/tensor-source.ts';
import { parseConfiguration } from '../m2fp/configuration.ts';
import { convertM2fp } from '../m2fp/convert.ts';
import { type CaseReport, checkBundle } from './check-bundle.ts';
import { readFloatNpy } from './npy.ts';

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

/** A NumPy file, format 1.0. */
function npy(dtype: '<f4' | '<f8', shape: readonly number[], data: Float32Array | Float64Array): Uint8Array {
  const sizes = shape.map((size) => `${size},`).join(' ');
  const header = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }\n`;
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  prefix.writeUInt16LE(header.length, 8);
  return Buffer.concat([
    prefix,
    Buffer.from(header, 'latin1'),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
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

describe('where golden cases have float64 outputs', () => {
  /**
   * Golden cases whose reference is `off` by that share of the range in each of its outputs' first values, but whose
   * float64 outputs are not.
   */
  async function writeCases(off: number): Promise<string> {
    const golden = await mkdtemp(join(dir, 'rounded-'));
    await cp(goldenDir('people'), golden, { recursive: true });
    for (const name of ['case0.pred_logits', 'case0.pred_masks', 'case1.pred_logits', 'case1.pred_masks']) {
      const { data, shape } = await readFloatNpy(join(golden, `${name}.npy`));
      await writeFile(join(golden, `${name}.float64.npy`), npy('<f8', shape, Float64Array.from(data)));
      data[0] =
        (data[0] ?? NaN) + off * (data.reduce((a, b) => Math.max(a, b)) - data.reduce((a, b) => Math.min(a, b)));
      await writeFile(join(golden, `${name}.npy`), npy('<f4', shape, data));
    }
    return golden;
  }

  test("a bundle may be as far from them as the reference, even if it is far from the reference's", async () => {
    const bundle = await convert('people');
    const golden = await writeCases(3e-4);
    for (const report of await collect(checkBundle(bundle, golden, { threads: 1 }))) {
      if (report.what !== 'masks') throw new Error('not masks');
      expect(report.passed).toBe(true);
      expect(report.logits).toBeGreaterThan(2e-4);
      expect(report.float64.logits?.reference).toBeCloseTo(3e-4, 6);
      expect(report.float64.masks?.bundle).toBeLessThan(1e-5);
    }
    await rm(join(golden, 'case1.pred_masks.float64.npy'));
    const without = await collect(checkBundle(bundle, golden, { threads: 1 }));
    expect(without.map(({ passed }) => passed)).toEqual([true, false]);
  });

  test('a bundle that is farther than thrice that, and than the tolerance, does not pass', async () => {
    const changed = 'sem_seg_head.predictor.class_embed.bias';
    const bundle = await convert('people', (name, values) => {
      return name === changed ? values.map((value) => value + 0.02) : values;
    });
    const reports = await collect(checkBundle(bundle, await writeCases(1e-5), { threads: 1 }));
    expect(reports.map(({ passed }) => passed)).toEqual([false, false]);
  });

  test('of another photo, they are refused, whatever the bundle', async () => {
    const golden = await writeCases(1e-5);
    const path = (name: string) => join(golden, `${name}.pred_logits.float64.npy`);
    await copyFile(path('case1'), path('case0'));
    const run = async () => collect(checkBundle(await convert('people'), golden, { threads: 1 }));
    await expect(run()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('case0.pred_logits.float64.npy does not belong to the case') as string,
    });
  });

  test('of another shape, they are refused', async () => {
    const golden = await writeCases(1e-5);
    await writeFile(join(golden, 'case0.pred_logits.float64.npy'), npy('<f8', [2], Float64Array.of(1, 2)));
    const run = async () => collect(checkBundle(await convert('people'), golden, { threads: 1 }));
    await expect(run()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('case0.pred_logits.float64.npy cannot be used: it is [2]') as string,
    });
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
