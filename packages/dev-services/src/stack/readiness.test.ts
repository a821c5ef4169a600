import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { absoluteModel } from './readiness.ts';

test('a model’s name is a name, also where a folder has it; a bundle’s folder becomes absolute', async () => {
  const workingDir = await mkdtemp(join(tmpdir(), 'm2fp-models-'));
  onTestFinished(() => rm(workingDir, { recursive: true }));
  for (const name of ['portrait', 'mine']) {
    await mkdir(join(workingDir, name));
    await writeFile(join(workingDir, name, 'manifest.json'), '{}');
  }
  expect(await absoluteModel('portrait', workingDir)).toBe('portrait');
  expect(await absoluteModel('./portrait', workingDir)).toBe(join(workingDir, 'portrait'));
  expect(await absoluteModel('mine', workingDir)).toBe(join(workingDir, 'mine'));
  expect(await absoluteModel('theirs', workingDir)).toBe('theirs');
});
