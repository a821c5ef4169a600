import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  it('measures two bundles in turns on each photo size, and plots it', async () => {
    const model = join(dir, 'tiny');
    const plot = join(dir, 'time.svg');
    const flags = ['--sizes', '320x240,640x480', '--runs', '1', '--json', '--plot', plot];
    const { code, stdout } = await runM2fp('bench', '--model', model, '--compare', model, ...flags);
    expect(code).toBe(0);
    const { rows, sgemmGflops } = JSON.parse(stdout) as { rows: Row[]; sgemmGflops: number };
    expect(sgemmGflops).toBeGreaterThan(0);
    expect(rows.map(({ photo }) => photo.width)).toEqual([320, 320, 640, 640]);
    for (const row of rows) {
      expect(Object.keys(row.stagesMs)).toEqual(expect.arrayContaining(['decode', 'network', 'postprocess', 'encode']));
      const stages = Object.values(row.stagesMs).reduce((sum, { min }) => sum + min, 0);
      expect(row.totalMs.median).toBeGreaterThan(stages * 0.9);
      expect(row.peakMb).toBeGreaterThanOrEqual(row.idleMb);
      // A tiny network is not of the published size: there is no bound to give.
      expect(row.bound).toBeUndefined();
    }
    expect(await readFile(plot, 'utf8')).toContain('<polyline');
  });

  it('refuses sizes that are none', async () => {
    const { code, stderr } = await runM2fp('bench', '--sizes', '1920');
    expect(code).toBe(2);
    expect(stderr).toContain('1920x1080,4000x3000');
  });
});
