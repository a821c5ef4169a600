import { parseOptionsSchema } from '@m2fp/contract';
import type { ManifestOf } from '@m2fp/core/model';
import { beforeEach, expect, test } from 'vitest';
import type { Entrant } from './entrants.ts';
import { againstMarkdown, againstTable } from './report.ts';
import { measureInTurns, type TurnSettings } from './turns.ts';

const manifest = {
  kind: 'm2fp',
  name: 'measured',
  dtype: 'float32',
  architecture: { network: 'M2FP, ResNet-101', backbone: { res2Width: 256, groups: 1 } },
  input: { mean: [0, 0, 0], std: [1, 1, 1], padMultiple: 32 },
} as unknown as ManifestOf;

let calls: string[];
let settings: TurnSettings;
beforeEach(() => {
  calls = [];
  settings = {
    photo: { width: 960, height: 540, bytes: new Uint8Array() },
    options: parseOptionsSchema.parse({}),
    runs: 2,
    warmUp: 1,
    signal: new AbortController().signal,
    measureRate: () => Promise.resolve(160),
    onProgress: () => undefined,
    notes: [],
  };
});

/** Takes `networkMs` for a network; fails at a parse, counted from 1. */
function entrant(name: string, networkMs: number, { isOwn = false, failsAt = Infinity } = {}): Entrant {
  let parses = 0;
  const memory = { rss: 100e6, peakRss: 250e6 };
  const own: Entrant = {
    name,
    title: isOwn ? 'm2fp-parsing' : `${name} | title`,
    dtype: 'float32',
    manifest,
    isWhole: isOwn,
    load: () => Promise.resolve({ loadMs: 500, memory }),
    parse: () => {
      calls.push(name);
      parses += 1;
      if (parses === failsAt) return Promise.reject(new Error('out of memory'));
      return Promise.resolve({ timings: { network: networkMs }, totalMs: networkMs * 1.5, memory });
    },
    close: () => calls.push(`close ${name}`),
  };
  return isOwn ? own : { ...own, compare: () => Promise.resolve({ logits: 1e-6, masks: 2e-6 }) };
}

test('all take turns, each is compared, and is held against the SGEMM bound', async () => {
  const rows = await measureInTurns([entrant('ours', 2_000, { isOwn: true }), entrant('other', 4_000)], settings);
  expect(calls).toEqual(['ours', 'other', 'ours', 'other', 'ours', 'other']);
  expect(rows).toMatchObject([
    { bundle: 'ours', isWhole: true, bound: { network: 1, total: 1.5 }, peakMb: 250 },
    { bundle: 'other', isWhole: false, bound: { network: 2 }, difference: { logits: 1e-6, masks: 2e-6 } },
  ]);
});

test('a contender that fails drops out with a note; one of our own ends it', async () => {
  const rows = await measureInTurns(
    [entrant('ours', 1, { isOwn: true }), entrant('other', 1, { failsAt: 2 })],
    settings,
  );
  expect(rows.map(({ bundle }) => bundle)).toEqual(['ours']);
  expect(settings.notes).toEqual(['other was not measured: out of memory']);
  expect(calls).toEqual(['ours', 'other', 'ours', 'other', 'close other', 'ours']);
  const failing = [entrant('ours', 1, { isOwn: true, failsAt: 3 })];
  await expect(measureInTurns(failing, settings)).rejects.toThrow('out of memory');
});

test('the report has the machine, the versions, a row for each, and what was not measured', async () => {
  const rows = await measureInTurns([entrant('ours', 2_000, { isOwn: true }), entrant('other', 4_000)], settings);
  const machine = { date: '2026-11-27', cpu: 'CPU', cores: 2, memoryGiB: 24, node: 'v24', system: 'linux x64' };
  const python = { path: 'python3', version: '3.11.7', packages: { openvino: '2026.4.1' } };
  const result = { machine, threads: 2, runs: 2, sgemmGflops: 160, python, rows, notes: ['pytorch was not measured'] };
  expect(againstMarkdown(result).split('\n')).toEqual([
    '2026-11-27 · CPU · 2 cores · 24 GiB · Node v24 · linux x64  ',
    '2 threads · 2 runs in turns, median (from to) · SGEMM 160 GFLOP/s  ',
    'Python 3.11.7 · openvino 2026.4.1',
    '',
    '|  | network | of the SGEMM bound | whole path | peak memory | load | difference: logits, masks |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    '| m2fp-parsing, ours, float32 | 2.00 s (2.00 to 2.00) | 1.00x | 3.00 s (3.00 to 3.00) | 250 MB | 0.50 s |  |',
    '| other \\| title, float32 | 4.00 s (4.00 to 4.00) | 2.00x |  | 250 MB | 0.50 s | 1.0e-6, 2.0e-6 |',
    '',
    '- pytorch was not measured',
  ]);
  expect(againstTable(result, false)).toContain('pytorch was not measured');
});
