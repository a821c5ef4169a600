import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeM2fp } from '@m2fp/compiler/m2fp';
import { parseOptionsSchema } from '@m2fp/contract';
import { openBundle } from '@m2fp/core/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { standInPython, startedProcesses, workingAnswers } from '../../testing/stand-in-python.ts';
import { createBenchPhotos } from '../network/photos.ts';
import { type AgainstSettings, runAgainst } from './against-bench.ts';
import { contendersOf } from './contenders.ts';

let dir: string;
let settings: Omit<AgainstSettings, 'python'>;
const controller = new AbortController();
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-against-test-'));
  await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 1 }, join(dir, 'bundle'));
  settings = {
    bundles: [await openBundle(join(dir, 'bundle'))],
    contenders: contendersOf(['openvino']),
    photos: await createBenchPhotos([{ width: 64, height: 64 }]),
    options: parseOptionsSchema.parse({ short_side: 64 }),
    threads: 1,
    runs: 1,
    warmUp: 1,
    checkpoint: undefined,
    cacheDir: join(dir, 'cache'),
    environment: {},
    pythonEnvironment: {},
    signal: controller.signal,
    onProgress: () => undefined,
  };
});
afterAll(() => rm(dir, { recursive: true }));

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

it('leaves no process behind if it is aborted while a contender is prepared', async () => {
  const versions = { numpy: '2.4.6', pillow: '13.0', openvino: '2026.4.1', nncf: '3.1.0' };
  const python = await standInPython(dir, { ...workingAnswers(versions), quantize: 'silence' });
  const result = expect(runAgainst({ ...settings, python })).rejects.toThrow('interrupted');
  // One that was probed, two contenders, and the one that quantizes for the third.
  await expect.poll(() => startedProcesses(python)).toHaveLength(4);
  controller.abort(new Error('interrupted'));
  await result;
  const started = await startedProcesses(python);
  try {
    await expect.poll(() => started.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  } finally {
    for (const id of started.filter(isRunning)) process.kill(id);
  }
});
