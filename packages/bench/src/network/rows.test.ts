import { parseOptionsSchema } from '@m2fp/contract';
import type { ManifestOf } from '@m2fp/core/model';
import { expect, test } from 'vitest';
import { toRow } from './rows.ts';

const options = parseOptionsSchema.parse({});

function manifestOf(architecture: object): ManifestOf {
  const input = { mean: [0, 0, 0], std: [1, 1, 1], padMultiple: 32 };
  return { kind: 'm2fp', name: 'measured', dtype: 'float32', architecture, input } as unknown as ManifestOf;
}

const published = { network: 'M2FP, ResNet-101', backbone: { res2Width: 256, groups: 1 } };
const runs = [
  { timings: { decode: 5, network: 2_000 }, totalMs: 3_000, rate: 160 },
  { timings: { decode: 7, network: 1_000 }, totalMs: 2_000, rate: 160 },
  { timings: { decode: 6, network: 1_500 }, totalMs: 2_500, rate: 320 },
];
const measured = { runs, loadMs: 10, idleBytes: 100e6, peakBytes: 250.4e6 };

test('times are medians with their range, memory is in MB', () => {
  const row = toRow({ manifest: manifestOf({}), ...measured }, { width: 960, height: 540 }, options);
  expect(row).toMatchObject({ idleMb: 100, peakMb: 250, totalMs: { median: 2_500, min: 2_000, max: 3_000 } });
  expect(row.stagesMs).toEqual({
    decode: { median: 6, min: 5, max: 7 },
    network: { median: 1_500, min: 1_000, max: 2_000 },
  });
  expect(row.bound).toBeUndefined();
});

test('a network of the published size is compared with the time that its arithmetic takes', () => {
  // 960 x 540 is padded to 960 x 544, the published 320 GFLOP: 2 s at 160 GFLOP/s, 1 s at 320.
  const row = toRow({ manifest: manifestOf(published), ...measured }, { width: 960, height: 540 }, options);
  expect(row.bound).toEqual({ gflop: 320, network: 1, total: 1.5 });
});
