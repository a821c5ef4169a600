import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ExportFolder } from './export-folder.ts';

async function temporaryFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'm2fp-export-folder-'));
  onTestFinished(() => rm(root, { recursive: true }));
  return root;
}

test('a file is written bit by bit', async () => {
  const root = await temporaryFolder();
  const folder = new ExportFolder(root);
  const file = await folder.open('a/file.txt');
  for (const text of ['one', ' tw', 'o']) await file.write(text);
  await file.close();
  await folder.close();
  expect(await readFile(join(root, 'a/file.txt'), 'utf8')).toBe('one two');
});

test.skipIf(!existsSync('/dev/full'))('a full disk fails the write that it stops', async () => {
  const root = await temporaryFolder();
  await symlink('/dev/full', join(root, 'file.txt'));
  const folder = new ExportFolder(root);
  const file = await folder.open('file.txt');
  await expect(file.write('text')).rejects.toMatchObject({ code: 'ENOSPC' });
  await folder.close();
});
