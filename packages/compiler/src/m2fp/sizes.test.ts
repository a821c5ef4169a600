import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeGraph } from './convert.ts';
import { type ModelOverrides, smallModel } from '../../testing/m2fp/small-model.ts';

type Report = Record<'pred_logits' | 'pred_masks', { shape: number[]; digest: string; finite: boolean }>;

const program = fileURLToPath(new URL('../../testing/m2fp/run-sizes.ts', import.meta.url));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-sizes-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function runSizes(
  overrides: ModelOverrides,
  sizes: readonly string[],
): Promise<{ reports: Report[]; stderr: string }> {
  const { source, configuration } = smallModel(overrides);
  const folder = await mkdtemp(join(dir, 'graph-'));
  await writeGraph(source, configuration.architecture, folder);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    program,
    join(folder, 'model.onnx'),
    ...sizes,
  ]);
  const reports = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Report);
  return { reports, stderr };
}

it('one session runs any multiple of 32, large and small, portrait and landscape, without a warning', async () => {
  const sizes = ['64x64', '544x960', '960x544', '736x1344', '1056x1920', '32x32', '64x64'];
  const { reports, stderr } = await runSizes({}, sizes);
  expect(stderr).toBe('');
  expect(reports.map(({ pred_masks: { shape } }) => shape)).toEqual(
    sizes.map((size) => [12, ...size.split('x').map((side) => Number(side) / 4)]),
  );
  for (const { pred_logits: logits, pred_masks: masks } of reports) {
    expect(logits).toMatchObject({ shape: [12, 22], finite: true });
    expect(masks.finite).toBe(true);
  }
  expect(reports.at(-1)).toEqual(reports[0]);
});

it('a dilated network with projections runs without a warning, too', async () => {
  const overrides = {
    backbone: { res4_dilation: 2, res5_dilation: 4 },
    encoder: { conv_dim: 64 },
    decoder: { hidden_dim: 40 },
  };
  const { reports, stderr } = await runSizes(overrides, ['96x64', '64x160', '96x64']);
  expect(stderr).toBe('');
  expect(reports[2]).toEqual(reports[0]);
});
