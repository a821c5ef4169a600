import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standInPython, workingAnswers } from '../packages/bench/testing/stand-in-python.ts';
import { runM2fp } from './support/cli/run-m2fp.ts';

interface Row {
  bundle: string;
  photo: { width: number; height: number };
  stagesMs: Record<string, { median: number; min: number; max: number }>;
  totalMs: { median: number };
  idleMb: number;
  peakMb: number;
  bound?: unknown;
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-bench-'));
  const made = await runM2fp('model', 'synth', '--arch', 'tiny', '--kind', 'people', '--out', join(dir, 'tiny'));
  expect(made.code).toBe(0);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('m2fp bench', () => {
  it('measures two bundles in turns on each photo size, and plots the result', async () => {
    const model = join(dir, 'tiny');
    const plot = join(dir, 'time.svg');
    const flags = ['--sizes', '320x240,640x480', '--runs', '1', '--json', '--plot', plot];
    const start = performance.now();
    const { code, stdout } = await runM2fp('bench', '--model', model, '--compare', model, ...flags);
    const elapsedS = (performance.now() - start) / 1_000;
    expect(code).toBe(0);
    const { rows, sgemmGflops } = JSON.parse(stdout) as { rows: Row[]; sgemmGflops: number };
    // Of 15 products of 2 * 2048^3 operations, eight took at least as long as the median; all within the run.
    expect((8 * 2 * 2048 ** 3) / (sgemmGflops * 1e9)).toBeLessThan(elapsedS);
    // More than a CPU does: the rate is in GFLOP/s.
    expect(sgemmGflops).toBeLessThan(100_000);
    expect(rows.map(({ photo }) => photo.width)).toEqual([320, 320, 640, 640]);
    for (const row of rows) {
      expect(Object.keys(row.stagesMs)).toEqual(expect.arrayContaining(['decode', 'network', 'postprocess', 'encode']));
      const stages = Object.values(row.stagesMs).reduce((sum, { min }) => sum + min, 0);
      expect(stages).toBeGreaterThan(0);
      expect(row.totalMs.median).toBeGreaterThanOrEqual(stages);
      expect(row.peakMb).toBeGreaterThanOrEqual(row.idleMb);
      // A tiny network is not of the published size: it has no bound.
      expect(row.bound).toBeUndefined();
    }
    expect(await readFile(plot, 'utf8')).toContain('<polyline');
  });

  it('measures what a Python can run in turns with the models, and says what it lacks', async () => {
    const python = await standInPython(dir, workingAnswers({ numpy: '2.4.6', pillow: '13.0.0', torch: '2.6.0' }));
    const flags = ['--against', 'pytorch,openvino-float32', '--python', python, '--sizes', '320x240', '--runs', '1'];
    const { code, stdout } = await runM2fp('bench', '--model', join(dir, 'tiny'), ...flags, '--json');
    expect(code).toBe(0);
    const { rows, notes } = JSON.parse(stdout) as { rows: Row[]; notes: string[] };
    expect(rows.map(({ bundle }) => bundle)).toEqual(['synthetic-tiny-people', 'pytorch']);
    expect(rows[1]).toMatchObject({ peakMb: 200, isWhole: true, difference: { logits: 1e-6, masks: 2e-6 } });
    expect(notes).toEqual([expect.stringContaining('pip install openvino')]);
  });

  it('rejects options that would do nothing', async () => {
    const { code, stderr } = await runM2fp('bench', '--python', 'python3');
    expect(code).toBe(2);
    expect(stderr).toContain('--against');
  });

  it('rejects malformed sizes', async () => {
    const { code, stderr } = await runM2fp('bench', '--sizes', '1920');
    expect(code).toBe(2);
    expect(stderr).toContain('1920x1080,4000x3000');
  });
});
