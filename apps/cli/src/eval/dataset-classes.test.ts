import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { classesOf } from './dataset-classes.ts';

test('classes are those of a file, of labels.txt, or of the data set that the folder is called after', async () => {
  const root = await mkdtemp(join(tmpdir(), 'm2fp-classes-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const dataset = { dir: join(root, 'lip/Validation'), photos: [], gaps: [] };
  await mkdir(dataset.dir, { recursive: true });
  expect(await classesOf({ ...dataset, dir: root })).toBeUndefined();
  const guessed = await classesOf(dataset);
  expect(guessed).toMatchObject({ isGuess: true });
  expect(guessed?.names[10]).toBe('Jumpsuits');
  await writeFile(join(root, 'lip/labels.txt'), '\uFEFFbackground\r\nhead\r\n\r\n\r\n');
  expect(await classesOf(dataset)).toEqual({ names: ['background', 'head'], isGuess: false });
  const file = join(root, 'config.json');
  await writeFile(file, '{"id2label": {"0": "background", "1": "hat"}}');
  expect(await classesOf(dataset, file)).toEqual({ names: ['background', 'hat'], isGuess: false });
  await expect(classesOf(dataset, join(root, 'gone.txt'))).rejects.toThrow('gone.txt does not exist');
});
